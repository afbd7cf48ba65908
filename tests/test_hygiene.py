"""Rules of the code that a reader relies on: who imports whom, what compiled loops may do, sizes, one version."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
import yaml

import sim
from sim import deal_flow, processes
from sim.kernels import COMPILED, SHARED

ROOT = Path(sim.__file__).resolve().parent
TOP = ROOT.parent
FILES = sorted(path for path in ROOT.rglob("*.py") if "_data" not in path.parts)
OTHERS = sorted(path for name in ("tests", "scenarios") for path in (TOP / name).rglob("*.py"))
LONGEST_FUNCTION, LONGEST_FILE = 80, 450

# Layers, lowest first; a module may import those of its own layer and below. Names cover what lies under them.
LAYERS = (
    ("sim.errors", "sim.exits", "sim.language", "sim.libraries", "sim.refusals", "sim.layout", "sim.tables")
    + ("sim.paths", "sim.projections", "sim.fields", "sim.kernels", "sim.levers", "sim.params", "sim.presets")
    + ("sim.rng",),
    ("sim.world", "sim.agent_rows", "sim.territory", "sim.grid", "sim.space", "sim.candidates"),
    ("sim.people", "sim.labour_markets", "sim.facilities", "sim.choice", "sim.teams", "sim.meeting", "sim.deal_flow")
    + ("sim.order", "sim.policy", "sim.siting", "sim.treasury", "sim.rounds", "sim.processes", "sim.checks")
    + ("sim.scenario",),
    ("sim.engine", "sim.build", "sim.initial_places", "sim.accounts", "sim.census", "sim.recorder", "sim.stability")
    + ("sim.warm", "sim.odd"),
    (
        "sim.calibration",
        "sim.compare",
        "sim.report",
        "sim.maps",
        "sim.mesa_view",
        "sim.analysis",
        "sim.whole_files",
        "sim.experiments",
        "sim.evaluation",
        "sim.explore",
        "sim.teaching",
        "sim.commands",
        "sim.cli",
        "sim.__main__",
        "sim.docs",
    ),
)
# Imported where needed, so that `import sim.engine` stays light.
HEAVY = ("matplotlib", "mesa", "dask", "rich", "SALib", "sklearn", "statsmodels", "linearmodels")


def module(path: Path) -> str:
    parts = path.relative_to(TOP).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
MODULES = {module(path) for path in FILES}


def layer(name: str) -> int | None:
    """Number of the layer of a module, None for `sim` itself."""
    for level, names in enumerate(LAYERS):
        if any(name == n or name.startswith(n + ".") for n in names):
            return level
    return None


def imports(path: Path, *, top_only: bool = False) -> list[tuple[int, str]]:
    """Line and full name of everything a file imports, names from packages of ours resolved to their modules."""
    out = []
    nodes = TREES[path].body if top_only else ast.walk(TREES[path])
    for node in nodes:
        if isinstance(node, ast.Import):
            out += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                anchor = module(path).split(".")
                anchor = anchor[: len(anchor) - node.level + (path.name == "__init__.py")]
                base = ".".join([*anchor, base]).rstrip(".")
            for alias in node.names:
                full = f"{base}.{alias.name}"
                out.append((node.lineno, full if full in MODULES else base))
    return out


def where(path: Path, line: int) -> str:
    return f"{path.relative_to(TOP)}:{line}"


def root_of(name: str) -> str:
    return name.split(".")[0]


def test_every_module_has_a_layer():
    assert [m for m in MODULES - {"sim"} if layer(m) is None] == []


def test_lower_layers_do_not_import_higher_ones():
    wrong = [
        f"{where(path, line)} imports {name}"
        for path in FILES
        for line, name in imports(path)
        if layer(module(path)) is not None and layer(name) is not None and layer(name) > layer(module(path))
    ]
    assert wrong == []


def test_processes_do_not_know_each_other():
    names = {f"sim.processes.{p.NAME}" for p in processes.SCHEDULE}
    wrong = [
        f"{where(path, line)} imports {name}"
        for path in FILES
        if module(path) in names
        for line, name in imports(path)
        if name.startswith("sim.processes") or name in ("sim.engine", "sim.build", "sim.initial_places", "sim.recorder")
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("package", "allowed"),
    [
        ("mesa", {"sim.mesa_view"}),
        ("numba", {"sim.kernels"}),
    ],
)
def test_one_module_alone_imports(package, allowed):
    users = {module(path) for path in FILES for _, name in imports(path) if root_of(name) == package}
    if package == "numba":
        users -= {
            m for m in users if m in ("sim.experiments.provenance", "sim.commands.about")
        }  # they quote its version
    assert users <= allowed


def test_pandas_stays_out_of_the_simulation():
    wrong = [
        where(path, line)
        for path in FILES
        for line, name in imports(path)
        if root_of(name) == "pandas" and layer(module(path)) is not None and layer(module(path)) <= 2
    ]
    assert wrong == []


def test_heavy_packages_are_imported_late():
    wrong = [
        f"{where(path, line)} imports {name}"
        for path in FILES
        for line, name in imports(path, top_only=True)
        if root_of(name) in HEAVY and layer(module(path)) is not None and layer(module(path)) <= 3
    ]
    assert wrong == []


def dotted(node: ast.AST) -> str:
    """``np.random.normal`` of an attribute chain, an empty string of anything else."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def test_all_chance_comes_from_keyed_draws():
    """No generator but `sim.rng`; the comparison may bootstrap, and an evaluator err, with a keyed one of NumPy."""
    wrong = []
    for path in FILES:
        if module(path).startswith(("sim.compare", "sim.evaluation")):
            continue
        wrong += [
            where(path, n.lineno)
            for n in ast.walk(TREES[path])
            if isinstance(n, ast.Attribute) and dotted(n).startswith(("np.random", "numpy.random"))
        ]
        wrong += [
            where(path, line)
            for line, name in imports(path)
            if root_of(name) in ("random", "secrets") or name.startswith("numpy.random")
        ]
    assert wrong == []


def test_floating_point_rules_are_never_relaxed():
    wrong = [
        where(path, n.lineno)
        for path in FILES
        for n in ast.walk(TREES[path])
        if (isinstance(n, ast.keyword) and n.arg in ("fastmath", "parallel"))
        or (isinstance(n, ast.Name) and n.id == "prange")
    ]
    assert wrong == []


def test_parquet_is_read_in_one_place():
    """Arrow's threads can abort a process that ends while they live: only `table_of` and `frame_of` read."""
    readers = {"read_parquet", "read_table", "to_pandas", "ParquetFile", "ParquetDataset"}
    wrong = [
        where(path, n.lineno)
        for path in FILES
        if module(path) != "sim.whole_files"
        for n in ast.walk(TREES[path])
        if isinstance(n, ast.Attribute) and n.attr in readers
    ]
    assert wrong == []


def how_compiled(node: ast.AST) -> str | None:
    """Name of the decorator of `sim.kernels` on a function; None of all others."""
    names = [d.id for d in getattr(node, "decorator_list", ()) if isinstance(d, ast.Name)]
    return next((name for name in names if name in ("kernel", "helper", "inlined")), None)


def kernels_of(tree: ast.Module) -> list[ast.FunctionDef]:
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and how_compiled(n)]


# Functions of the engine that take whole arrays or tables, as kernels do; those of processes are of that kind.
UNTYPED = {"sim.rng": {"pack_uid", "angel_uids", "follower_uids", "renewed_uids"},
           "sim.rounds": {"standing", "join_publicly", "sell"}}


def test_what_is_no_kernel_has_types():
    """mypy is strict, but for files with kernels: there each other function is asked here."""
    bare: dict[str, set[str]] = {}
    for path, tree in TREES.items():
        kernels = {function.name for function in kernels_of(tree)}
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.returns is None and node.name not in kernels:
                bare.setdefault(module(path), set()).add(node.name)
    assert {name: found for name, found in bare.items() if not name.startswith("sim.processes.")} == UNTYPED


def test_the_cache_of_compiled_code_knows_every_file_that_kernels_share():
    """A kernel that uses a kernel or a constant of another file is stale when that file changes; so is one whose
    arguments are parameters, which it knows by their places."""
    shared = {f"sim.{name.removesuffix('.py')}" for name in SHARED}
    used = {name for name in MODULES if name.startswith("sim.params")}
    for _path, tree in TREES.items():
        here: dict[str, str] = {}
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and root_of(node.module or "") == "sim":
                for alias in node.names:
                    full = f"{node.module}.{alias.name}"
                    here[alias.asname or alias.name] = full if full in MODULES else node.module
        for function in kernels_of(tree):
            used |= {
                here[n.id] for n in ast.walk(ast.Module(function.body, [])) if isinstance(n, ast.Name) and n.id in here
            }
    assert {"sim.rng", "sim.fields", "sim.people"} <= used
    assert {name for name in used if not any(name == s or name.startswith(s + ".") for s in shared)} == set()


def imported(tree: ast.Module) -> dict[str, tuple[str, str]]:
    """Names that a file gives to things of this project and to its own functions: name -> module, name there."""
    names = {n.name: ("", n.name) for n in tree.body if isinstance(n, ast.FunctionDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and root_of(node.module or "") == "sim":
            names |= {alias.asname or alias.name: (node.module or "", alias.name) for alias in node.names}
    return names


def used_by_python(path: Path) -> set[tuple[str, str]]:
    """Functions of this project, as (module, name), that a file uses outside compiled loops."""
    found, names, waiting = set(), imported(TREES[path]), [TREES[path]]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and node.id in names:
            found.add(names[node.id])
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
            found.add((".".join(names[node.value.id]), node.attr))
        waiting += [child for child in ast.iter_child_nodes(node) if not how_compiled(child)]
    return {(where or module(path), name) for where, name in found}


def test_helpers_are_the_compiled_functions_that_python_never_calls():
    """Every process would compile a helper that Python calls; a kernel only kernels call has a way in for nobody."""
    called = set().union(*(used_by_python(path) for path in FILES))
    kinds = {(module(path), f.name): how_compiled(f) for path, tree in TREES.items() for f in kernels_of(tree)}
    assert sum(kind == "helper" for kind in kinds.values()) > 60
    assert [f for f, kind in kinds.items() if kind == "helper" and f in called] == []
    assert [f for f, kind in kinds.items() if kind == "kernel" and f not in called] == []


def targets(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, (ast.AugAssign, ast.AnnAssign)) else []


def test_kernels_write_into_plain_arrays_only():
    """Writes through an attribute of a named tuple were once lost in compiled loops."""
    wrong, seen = [], 0
    for path, tree in TREES.items():
        for function in kernels_of(tree):
            seen += 1
            for node in ast.walk(function):
                wrong += [
                    where(path, node.lineno)
                    for target in targets(node)
                    for n in ast.walk(target)
                    if isinstance(n, (ast.Attribute, ast.Subscript))
                    and isinstance(getattr(n, "value", None), ast.Attribute)
                ]
    assert seen > 60
    assert wrong == []


def test_kernels_do_not_raise_nor_print():
    wrong = [
        where(path, n.lineno)
        for path, tree in TREES.items()
        for f in kernels_of(tree)
        for n in ast.walk(f)
        if isinstance(n, (ast.Raise, ast.Try)) or (isinstance(n, ast.Call) and dotted(n.func) == "print")
    ]
    assert wrong == []


def test_functions_and_files_stay_short():
    trees = {**TREES, **{path: ast.parse(path.read_text(encoding="utf-8")) for path in OTHERS}}
    wrong = [
        f"{where(path, n.lineno)} {n.name}: {n.end_lineno - n.lineno + 1} lines"
        for path, tree in trees.items()
        for n in ast.walk(tree)
        if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)) and n.end_lineno - n.lineno + 1 > LONGEST_FUNCTION
    ]
    wrong += [
        f"{path.relative_to(TOP)}: {n} lines"
        for path in trees
        if (n := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    ]
    assert {path.parent.name for path in trees} >= {"sim", "tests", "bench", "breaks", "france"}
    assert wrong == []


def test_everything_has_a_docstring_that_starts_a_module():
    assert [str(path.relative_to(TOP)) for path, tree in TREES.items() if not ast.get_docstring(tree)] == []


def test_processes_declare_their_name_and_their_contract():
    for process in processes.SCHEDULE:
        path = Path(process.__file__)
        assert path.stem == process.NAME
        assert isinstance(process.READS, tuple)
        assert isinstance(process.WRITES, tuple)
        assert re.match(r"[^:\n]+: [^\n]+", process.__doc__), path.name
    names = [p.NAME for p in processes.SCHEDULE]
    assert len(set(names)) == len(names)
    assert {p.stem for p in (ROOT / "processes").glob("*.py")} == {*names, "__init__"}


ODD = (ROOT / "ODD.md").read_text(encoding="utf-8") if (ROOT / "ODD.md").exists() else ""
SUBMODELS = re.findall(r"^\*\*[^*]+\*\* \(`(?:processes/)?(\w+)\.py`\)(.*?)(?=^\*\*|^#)", ODD, re.M | re.S)


def test_the_description_follows_the_schedule():
    """Chapter 7 of the ODD describes the processes in the order in which they act, and names equations that exist."""
    assert [name for name, _ in SUBMODELS] == [p.NAME for p in processes.SCHEDULE]
    by_name = {p.NAME: p for p in processes.SCHEDULE}
    equations = [
        (name, equation) for name, text in SUBMODELS for equation in re.findall(r"(?<!\*)\*(\w+)\*(?!\*)", text)
    ]
    assert len(equations) > 20
    found = {name: vars(process) for name, process in by_name.items()}
    found["funding"] = found["funding"] | vars(deal_flow)
    assert [f"{name}: {e}" for name, e in equations if not callable(found[name].get(e))] == []


def test_one_version_everywhere():
    found = {
        "sim": sim.__version__,
        "pyproject.toml": tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["version"],
    }
    if (TOP / "CITATION.cff").exists():
        found["CITATION.cff"] = str(yaml.safe_load((TOP / "CITATION.cff").read_text(encoding="utf-8"))["version"])
    if (TOP / "CHANGELOG.md").exists():
        versions = re.findall(r"^## \[?(\d+\.\d+\.\d+)", (TOP / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
        found["CHANGELOG.md"] = versions[0]
    assert len(set(found.values())) == 1, found


def test_tests_run_compiled():
    """The suite checks what users run; the interpreted form is compared with it elsewhere."""
    assert COMPILED
