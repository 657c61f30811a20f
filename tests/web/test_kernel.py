"""In a real kernel: cells that run again, templates edited in cells, nothing on stderr."""

from __future__ import annotations

import nbformat
import pytest
from nbclient import NotebookClient

CELLS = [
    """from streamlab import App, stream_template
app = App(templates={'page.html': 'one'})
client = app.test_client()
print(app.name, app.root_path, app.jinja_env.auto_reload)""",
    "@app.get('/')\ndef index():\n    return stream_template('page.html')",
    "print(client.get('/').text)",
    "app.templates['page.html'] = 'two'",
    "@app.get('/moved')\ndef index():\n    return stream_template('page.html')",
    "print(client.get('/').status, client.get('/moved').text)",
    "@app.get('/broken')\nasync def broken():\n    return 1 // 0  # this line",
    "app.logger.warning('not shown')\nprint(client.get('/broken').status)",
    """import io, logging
log = io.StringIO()
logging.getLogger('streamlab.web').addHandler(logging.StreamHandler(log))
client.get('/broken')
print('return 1 // 0  # this line' in log.getvalue())""",
    "app.run()",
]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebook")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    client = NotebookClient(
        notebook, allow_errors=True, resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    return folder, [cell.outputs for cell in notebook.cells]


def test_cells_print_the_expected_text_and_nothing_on_stderr(outputs):
    folder, cells = outputs
    printed = ["".join(out.get("text", "") for out in cell) for cell in cells]
    assert printed == [
        f"__main__ {folder} True\n",
        "",
        "one\n",
        "",
        "",
        "404 NOT FOUND two\n",
        "",
        "500 INTERNAL SERVER ERROR\n",
        "True\n",
        "",
    ]
    assert {out.name for cell in cells for out in cell if out.output_type == "stream"} == {"stdout"}


def test_app_run_raises_an_error_that_names_the_alternatives(outputs):
    (error,) = outputs[1][-1]
    assert error.ename == "RuntimeError"
    assert "Lab(app)" in error.evalue
