"""Budgets on the tails: it is the longest module and the longest function that make a code base hard to read."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
LINES_OF_A_MODULE = 400
LINES_OF_A_FUNCTION = 60
PARAMETERS = 7
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
CATCHES_EVERYTHING = {
    "catalog/registry.py",  # A stranger's module may raise anything at import, and the server starts all the same.
    "services/deliver.py",  # One message's accident is not to stop the others: it is on record as an attempt.
    "services/ends.py",  # A job of which nothing can be said has to end all the same.
    "services/work.py",  # Likewise of jobs: it is the job's fault, and paid back.
    "web/gate.py",  # Whatever a route raises is answered in its dialect's words: docs/decisions/0002.
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return path.relative_to(ROOT / "src" / "antiphon").as_posix()


Nodes = list[tuple[str, ast.AST]]


@pytest.fixture(scope="module")
def nodes() -> Nodes:
    """All that the sources say, each with the name of its module: they are parsed once for all tests."""
    return [
        (name_of(path), node)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, Function | ast.ExceptHandler | ast.Attribute)
    ]


def functions(nodes: Nodes) -> Iterator[tuple[str, Function]]:
    for name, node in nodes:
        if isinstance(node, Function):
            yield f"{name}:{node.lineno} {node.name}", node


def is_command(name: str) -> bool:
    """A command of the command line: each of its options is a parameter."""
    return name.startswith("cli/")


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_module_fits_a_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LINES_OF_A_MODULE


def test_a_function_fits_a_screen(nodes: Nodes) -> None:
    long = [name for name, node in functions(nodes) if (node.end_lineno or 0) - node.lineno >= LINES_OF_A_FUNCTION]
    assert long == []


def test_no_function_has_too_many_parameters(nodes: Nodes) -> None:
    def count(node: Function) -> int:
        arguments = node.args
        named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        return sum(argument.arg not in {"self", "cls"} for argument in named)

    assert [name for name, node in functions(nodes) if count(node) > PARAMETERS and not is_command(name)] == []


def test_no_module_is_named_for_nothing() -> None:
    assert [
        name_of(path) for path in SOURCES if path.stem in FORBIDDEN_NAMES or path.parent.name in FORBIDDEN_NAMES
    ] == []


def test_everything_is_caught_in_a_few_places_only(nodes: Nodes) -> None:
    found = {
        name
        for name, node in nodes
        if isinstance(node, ast.ExceptHandler) and (node.type is None or ast.unparse(node.type) == "Exception")
    }
    assert found <= CATCHES_EVERYTHING


def test_the_time_is_read_in_one_place(nodes: Nodes) -> None:
    clocks = {"time.time", "time.monotonic", "time.perf_counter", "datetime.now", "datetime.utcnow"}
    found = {name for name, node in nodes if isinstance(node, ast.Attribute) and ast.unparse(node) in clocks}
    assert found <= {"kit/clock.py"}


def test_settings_alone_read_the_environment(nodes: Nodes) -> None:
    found = {
        name
        for name, node in nodes
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.environ", "os.getenv"}
    }
    assert found <= {"kit/environment.py"}  # It hands the environment on to children, and reads nothing of it.
