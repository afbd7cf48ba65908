"""Break each equation in every small way and ask the exact tests to notice: ``python tests/mutate_equations.py``.

The equations are the functions that chapter 7 of `sim/ODD.md` names in italics. Each operator, comparison, constant,
sign and choice of the smaller or larger in one is changed in its turn; the tests that name the equation then run on the
interpreted code, each mutant in a process of its own. Tests that need a whole world, or more than a few seconds without
compilation, are left out. Survivors are printed, and the share of them; so are equations that no exact test names: the
plain reference (`reference.py`) alone guards these. Arguments choose among processes and equations.
"""

from __future__ import annotations

import ast
import copy
import importlib
import inspect
import os
import re
import signal
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

os.environ["NUMBA_DISABLE_JIT"] = "1"  # before numba is first imported

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS.parent)]
SECONDS = 30  # a mutant that keeps its tests busy for longer than that is noticed
SLOW = 5  # seconds after which a test is left out
QUIET = ("-q", "-n", "0", "-W", "ignore", "-p", "no:cacheprovider")  # Philox overflows on purpose: Python warns
WORLDS = {"small_world", "ready", "lived_in", "untouched", "small_study", "engine", "ReferenceModel", "build",
          "subprocess"}
SWAPS: dict[type, type] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult, ast.FloorDiv: ast.Div,
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.And: ast.Or, ast.Or: ast.And,
}
NAMES = {"exp": "expm1", "expm1": "exp", "log": "log1p", "log1p": "log", "minimum": "maximum", "maximum": "minimum",
         "min": "max", "max": "min", "sqrt": "square"}


def equations() -> Iterator[tuple[str, str]]:
    """Process and name of each equation of the ODD."""
    text = (TESTS.parent / "sim" / "ODD.md").read_text(encoding="utf-8")
    section = re.compile(r"^\*\*[^*]+\*\* \(`(?:processes/)?(\w+)\.py`\)(.*?)(?=^\*\*|^#)", re.M | re.S)
    for process, body in section.findall(text):
        for name in dict.fromkeys(re.findall(r"(?<!\*)\*(\w+)\*(?!\*)", body)):
            yield process, name


# --- mutants


def sites(tree: ast.AST) -> Iterator[tuple[str, Callable[[], None]]]:
    """What can be changed in a function, and the change, which is made in place."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.BinOp, ast.AugAssign, ast.BoolOp)) and type(node.op) in SWAPS:
            yield f"{type(node.op).__name__} at {node.lineno}", lambda n=node: setattr(n, "op", SWAPS[type(n.op)]())
        elif isinstance(node, ast.Compare):
            yield f"{type(node.ops[0]).__name__} at {node.lineno}", lambda n=node: n.ops.__setitem__(
                0, SWAPS[type(n.ops[0])]())
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            yield f"sign at {node.lineno}", lambda n=node: setattr(n, "op", ast.UAdd())
        elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
            yield f"{node.value} at {node.lineno}", lambda n=node: setattr(
                n, "value", n.value * 1.25 + 0.25 if type(n.value) is float else n.value + 1)
        elif isinstance(node, ast.Call):
            holder = node.func
            name = holder.attr if isinstance(holder, ast.Attribute) else getattr(holder, "id", "")
            if name in NAMES and (isinstance(holder, ast.Attribute) or name in ("min", "max")):
                field = "attr" if isinstance(holder, ast.Attribute) else "id"
                yield f"{name} at {node.lineno}", lambda h=holder, f=field, n=name: setattr(h, f, NAMES[n])


def source_of(module: ModuleType, name: str) -> ast.FunctionDef:
    function = inspect.unwrap(getattr(module, name))
    tree = ast.parse(textwrap.dedent(inspect.getsource(getattr(function, "py_func", function))))
    function_node = tree.body[0]
    assert isinstance(function_node, ast.FunctionDef)
    function_node.decorator_list = []
    if ast.get_docstring(function_node):
        function_node.body = function_node.body[1:] or [ast.Pass()]
    return function_node


def mutants(module: ModuleType, name: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Each function with one change."""
    whole = source_of(module, name)
    for rank in range(len(list(sites(whole)))):
        changed = copy.deepcopy(whole)
        told, change = list(sites(changed))[rank]
        before = ast.unparse(changed)
        change()
        if ast.unparse(changed) != before:
            yield told, changed


# --- tests that guard an equation


def guards() -> dict[tuple[str, str], list[str]]:
    """Tests that name each equation, themselves or through a function of their file."""
    wanted = set(equations())
    out: dict[tuple[str, str], list[str]] = {pair: [] for pair in wanted}
    for path in sorted(TESTS.glob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
        for name, node in functions.items():
            if not name.startswith("test_"):
                continue
            used = _used(node, functions, set())
            if used & WORLDS or "science" in ast.unparse(ast.Module(node.decorator_list, [])):
                continue
            for pair in wanted:
                if ".".join(pair) in used:
                    out[pair].append(f"{path}::{name}")
    return out


def _used(node: ast.FunctionDef, functions: dict[str, ast.FunctionDef], seen: set[str]) -> set[str]:
    names = {arg.arg for arg in node.args.args}
    for n in ast.walk(node):
        if isinstance(n, ast.Name):
            names.add(n.id)
        elif isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name):
            names.add(f"{n.value.id}.{n.attr}")
    for name in (names & set(functions)) - seen:
        names |= _used(functions[name], functions, seen | {name})
    return names


def noticed(module: ModuleType, name: str, changed: ast.FunctionDef, nodes: list[str]) -> bool:
    """Whether a test fails on the changed function, in a process of its own."""
    import pytest

    child = os.fork()
    if child == 0:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        own = ast.fix_missing_locations(ast.Module([changed], []))
        exec(compile(own, "mutant", "exec"), vars(module))
        os._exit(int(pytest.main([*nodes, "-x", *QUIET])))
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) != 0
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


class Usable:
    """Tests that pass, interpreted, in a short time; running them once also loads them for every mutant."""

    def __init__(self) -> None:
        self.unusable: set[str] = set()

    def pytest_runtest_setup(self, item: object) -> None:
        signal.signal(signal.SIGALRM, _too_slow)
        signal.alarm(SLOW)

    def pytest_runtest_teardown(self, item: object) -> None:
        signal.alarm(0)

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.unusable.add(report.nodeid.split("::")[-1].split("[")[0])


def _too_slow(number: int, frame: object) -> None:
    raise TimeoutError("slow without compilation")


def main(chosen: list[str]) -> int:
    import pytest

    known = guards()
    pairs = [pair for pair in equations() if not chosen or set(chosen) & {*pair, ".".join(pair)}]
    nodes = sorted({node for pair in pairs for node in known[pair]})
    usable = Usable()
    if nodes:
        pytest.main([*nodes, *QUIET, "--tb=no", "--no-header", "--no-summary"], plugins=[usable])
    signal.alarm(0)
    for pair in pairs:
        known[pair] = [node for node in known[pair] if node.split("::")[-1] not in usable.unusable]
    tried, survivors, alone = 0, [], []
    for process, name in pairs:
        module = importlib.import_module(f"sim.processes.{process}")
        if not known[process, name]:
            alone.append(f"{process}.{name}")
            continue
        for told, changed in mutants(module, name):
            tried += 1
            if not noticed(module, name, changed, known[process, name]):
                survivors.append(f"{process}.{name}: {told}")
                print("survives:", survivors[-1], flush=True)
    print(f"{tried} mutants of {len(pairs) - len(alone)} equations, {len(survivors)} survive "
          f"({100.0 * len(survivors) / max(tried, 1):.1f} %)")
    print(f"no exact test names {len(alone)} equations: {', '.join(alone)}")
    return int(bool(survivors))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
