"""Where a chunk was made: the line of the yield, also behind wrappers around the generator."""

from __future__ import annotations

import inspect
import itertools
from functools import partial

import pytest
from jinja2 import DictLoader, Environment
from werkzeug.wsgi import ClosingIterator, FileWrapper

from streamlab.trace.find_generator import find_generator, is_user_code
from streamlab.trace.source import Source, location_finder, source_of_function, source_of_template


def numbers():
    yield "one"
    yield "two"


FIRST = inspect.getsourcelines(numbers)[1] + 1


def outer():
    yield from numbers()
    yield "three"


def looping(inner):
    for item in inner:
        yield item.upper()


class Wrapper:
    """An object with the iterator as an attribute, as frameworks have."""

    def __init__(self, inner):
        self.status = 200
        self.inner = inner

    def __iter__(self):
        return map(str.upper, self.inner)


def lines(iterable, *, limit=5):
    """(title of the source, line) of each item."""
    sources = []

    def index_of(source):
        if source not in sources:
            sources.append(source)
        return sources.index(source)

    find = location_finder(iterable, index_of)
    found = []
    for _ in itertools.islice(iter(iterable), limit):
        location = find()
        found.append(location and (sources[location[0]].title, location[1]))
    return found


HERE = "test_source.py"


def test_the_line_is_that_of_the_yield():
    assert lines(numbers()) == [(HERE, FIRST), (HERE, FIRST + 1)]


def test_yield_from_leads_to_the_innermost_generator():
    assert lines(outer())[:2] == [(HERE, FIRST), (HERE, FIRST + 1)]
    assert lines(outer())[2] == (HERE, inspect.getsourcelines(outer)[1] + 2)


@pytest.mark.parametrize(
    "wrap",
    [
        partial(map, str.upper),
        partial(filter, None),
        itertools.chain,
        lambda inner: itertools.chain.from_iterable([inner]),
        lambda inner: map(str, map(str, map(str, inner))),
        lambda inner: ClosingIterator(inner, [lambda: None]),
        lambda inner: ClosingIterator(map(str.upper, inner)),
        Wrapper,
        lambda inner: Wrapper(Wrapper(inner)),
        lambda inner: iter(partial(next, inner), None),
    ],
)
def test_a_generator_is_found_behind_wrappers(wrap):
    assert lines(wrap(numbers()), limit=2) == [(HERE, FIRST), (HERE, FIRST + 1)]


def test_a_chain_is_followed_from_generator_to_generator():
    found = lines(itertools.chain(numbers(), numbers()))
    assert found == [(HERE, FIRST), (HERE, FIRST + 1)] * 2


def test_a_first_item_taken_in_advance_as_bottle_does():
    generator = numbers()
    first = next(generator)
    found = lines(map(str.encode, itertools.chain([first], generator)))
    assert found == [(HERE, FIRST), (HERE, FIRST + 1)]


def test_the_nearest_generator_of_the_user_is_found():
    assert find_generator(map(str, looping(numbers()))).gi_code.co_name == "looping"


def test_without_a_generator_nothing_is_found_and_the_search_ends():
    class Many:
        def __init__(self):
            self.items = [[object() for _ in range(100)] for _ in range(100)]

        def __iter__(self):
            return iter(["a"] * 1000)

    assert find_generator(Many()) is None
    assert lines(Many()) == [None] * 5
    assert lines(["a", "b"]) == [None, None]


def test_a_file_has_no_line(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"x" * 20)
    with file.open("rb") as opened:
        assert lines(FileWrapper(opened, 10)) == [None, None]


def test_library_code_is_not_user_code():
    assert is_user_code(__file__)
    assert is_user_code("/tmp/ipykernel_1/123.py")
    assert not is_user_code(inspect.__file__)
    assert not is_user_code(pytest.__file__)
    import streamlab.trace.tap

    assert not is_user_code(streamlab.trace.tap.__file__)


TEMPLATE = "<ul>\n{% for n in numbers %}\n<li>{{ n }}</li>\n{% endfor %}\n</ul>"


def test_a_template_has_its_own_lines():
    environment = Environment(loader=DictLoader({"list.html": TEMPLATE}), autoescape=True)
    template = environment.get_template("list.html")
    found = lines(template.generate(numbers=[1, 2]), limit=50)
    assert {title for title, _ in found} == {"list.html"}
    assert {line for _, line in found} <= {1, 2, 3, 4, 5}
    assert {2, 3} & {line for _, line in found}


def test_a_template_removed_from_its_loader_has_no_text():
    sources = {"list.html": TEMPLATE}
    template = Environment(loader=DictLoader(sources), autoescape=True).get_template("list.html")
    assert source_of_template(template).text == TEMPLATE
    sources.clear()
    assert source_of_template(template) == Source("list.html", "jinja", "<template>", 1, "")


def test_code_without_a_file_has_no_text_but_a_line():
    namespace = {}
    exec(compile("def made():\n    yield 'x'\n", "<made up>", "exec"), namespace)
    assert lines(namespace["made"]()) == [("<made up>", 2)]


def test_the_source_of_a_function_has_its_decorators():
    def decorate(function):
        return function

    @decorate
    def view():
        return "x"

    source = source_of_function(view)
    assert source.text.lstrip().startswith("@decorate")
    assert source.kind == "python"
    assert source_of_function(len) is None


def test_a_generator_that_has_not_started_cannot_have_made_a_chunk():
    assert lines(itertools.chain(["head"], numbers())) == [None, (HERE, FIRST), (HERE, FIRST + 1)]
