"""Which code belongs to the user, and which generator an iterable takes its items from."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import textwrap

import pytest
import werkzeug

from streamlab.trace.find_generator import (
    find_generator,
    is_inside,
    is_user_code,
    real_folders,
    referents,
)


def numbers():
    yield "one"
    yield "two"


class TestFolders:
    def test_a_file_at_any_depth_is_inside(self, tmp_path):
        folders = real_folders([str(tmp_path)])
        assert is_inside(str(tmp_path / "a.py"), folders)
        assert is_inside(str(tmp_path / "deep" / "er" / "a.py"), folders)

    def test_only_whole_path_components_are_compared(self, tmp_path):
        folders = real_folders([str(tmp_path / "lib")])
        assert not is_inside(str(tmp_path / "library" / "a.py"), folders)
        assert not is_inside(str(tmp_path / "lib.py"), folders)

    def test_a_slash_at_the_end_changes_nothing(self, tmp_path):
        assert real_folders([f"{tmp_path}{os.sep}"]) == real_folders([str(tmp_path)])

    def test_a_file_reached_through_a_link_is_inside(self, tmp_path):
        real = tmp_path / "real"
        real.mkdir()
        (tmp_path / "link").symlink_to(real)
        by_real = real_folders([str(real)])
        by_link = real_folders([str(tmp_path / "link")])
        for folders in (by_real, by_link):
            assert is_inside(str(real / "a.py"), folders)
            assert is_inside(str(tmp_path / "link" / "a.py"), folders)

    def test_dots_in_a_path_are_resolved(self, tmp_path):
        folders = real_folders([str(tmp_path / "lib")])
        assert not is_inside(str(tmp_path / "lib" / ".." / "app.py"), folders)

    @pytest.mark.parametrize("folder", [os.sep, f"{os.sep}tmp{os.sep}..", "", None])
    def test_a_folder_with_every_file_in_it_is_left_out(self, folder):
        assert real_folders([folder]) == ()

    def test_without_folders_nothing_is_inside(self, tmp_path):
        assert not is_inside(str(tmp_path), real_folders([]))

    def test_letters_are_compared_as_the_file_system_does(self, monkeypatch, tmp_path):
        monkeypatch.setattr(os.path, "normcase", str.lower)
        assert is_inside(str(tmp_path / "LIB" / "a.py"), real_folders([str(tmp_path / "Lib")]))


class TestUserCode:
    @pytest.mark.parametrize(
        "filename",
        [
            __file__,
            "/tmp/ipykernel_1/123.py",
            "/home/ada/shop.py",
            "shop.py",
            "<stdin>",
            "<string>",
            "<ipython-input-1-abc>",
            "<template>",
        ],
    )
    def test_what_a_user_wrote(self, filename):
        assert is_user_code(filename)

    @pytest.mark.parametrize(
        "filename",
        [
            os.__file__,
            werkzeug.__file__,
            pytest.__file__,
            find_generator.__code__.co_filename,
            "<frozen importlib._bootstrap>",
        ],
    )
    def test_what_python_a_library_or_streamlab_has(self, filename):
        assert not is_user_code(filename)

    def test_a_python_whose_prefix_is_the_root_knows_its_libraries(self):
        """In Pyodide sysconfig's paths are below "/", and some are the root itself."""
        script = """
            import sysconfig
            paths = sysconfig.get_path
            sysconfig.get_path = lambda name, *rest, **named: "/"
            import os, werkzeug
            from streamlab.trace.find_generator import is_user_code
            print(is_user_code("/home/pyodide/shop.py"), is_user_code("/tmp/ipykernel_1/1.py"))
            print(is_user_code(os.__file__), is_user_code(werkzeug.__file__))
        """
        run = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout.splitlines() == ["True True", "False False"]


class TestReferents:
    def test_iterators_come_first(self):
        class Holder:
            def __init__(self):
                self.values = [[1], [2]]
                self.iterator = iter("ab")

        found = [type(one).__name__ for one in referents(Holder(), 20)]
        assert next(name for name in found if "iterator" in name or name == "list") != "list"

    def test_each_object_is_found_once(self):
        item = ["a"]
        assert sum(one is item for one in referents([item, item, [item]], 20)) == 1

    def test_a_cycle_ends(self):
        loop = []
        loop.append(loop)
        assert list(referents(loop, 20)) == [loop]

    def test_it_ends_at_the_limit(self):
        deep, wide = iter([[[[[]]]]]), [[] for _ in range(100)]
        assert len(list(referents(deep, 100))) == 6
        assert len(list(referents(deep, 4))) == 4
        assert len(list(referents(wide, 10))) <= 10

    def test_the_local_variables_of_a_generator_are_found(self):
        def view():
            rows = ["a", "b"]
            yield from iter(rows)

        generator = view()
        next(generator)
        assert ["a", "b"] in list(referents(generator, 50))


class TestFindGenerator:
    def test_a_generator_is_its_own(self):
        generator = numbers()
        assert find_generator(generator) is generator

    def test_behind_wrappers(self):
        generator = numbers()
        assert find_generator(map(str, itertools.chain([""], generator))) is generator

    def test_a_generator_that_has_ended_is_not_found(self):
        generator = numbers()
        list(generator)
        assert find_generator(map(str, generator)) is None

    def test_a_generator_of_a_library_is_passed_over(self):
        generator = numbers()
        library = os.walk("/")
        assert find_generator(itertools.chain(library, generator)) is generator
        assert find_generator(library) is None

    def test_a_list_has_none(self):
        assert find_generator(["a", "b"]) is None
