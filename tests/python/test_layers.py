"""Dependencies point downwards only (design §7): every import is read from the source and held to a list.

A new arrow fails here; who wants it changes the table below, in the open.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]

ALLOWED = {
    "deltaml": set(),
    "deltaml.errors": set(),
    "deltaml.bounded_http": {"deltaml.errors"},
    "deltaml.connection": {"deltaml.errors", "deltaml.sealing", "deltaml.storage", "deltaml.chain"},
    "deltaml.logs": set(),
    "deltaml.learning": {"deltaml.errors"},
    "deltaml.sealing": {"deltaml.errors"},
    "deltaml.storage": {"deltaml.errors", "deltaml.bounded_http"},
    "deltaml.federated": {"deltaml.errors", "deltaml.learning", "deltaml.sealing", "deltaml.storage"},
    "deltaml.chain": {"deltaml.errors", "deltaml.bounded_http"},
    "deltaml.protocol": {"deltaml.errors", "deltaml.learning", "deltaml.sealing", "deltaml.storage"},
    "deltaml.board": {"deltaml.errors", "deltaml.sealing", "deltaml.storage", "deltaml.protocol", "deltaml.chain"},
    "deltaml.serving": {"deltaml.errors", "deltaml.storage", "deltaml.chain"},
    "deltaml.client": {
        "deltaml.errors",
        "deltaml.learning",
        "deltaml.sealing",
        "deltaml.storage",
        "deltaml.protocol",
        "deltaml.chain",
        "deltaml.board",
        "deltaml.federated",
        "deltaml.connection",
        "deltaml.serving",
        "deltaml.logs",
    },
    "oracles": {
        "deltaml.errors",
        "deltaml.connection",
        "deltaml.serving",
        "deltaml.logs",
        "deltaml.learning",
        "deltaml.sealing",
        "deltaml.storage",
        "deltaml.protocol",
        "deltaml.chain",
        "deltaml.board",
    },
}

# Who alone may import what; the rest of the library must not even know it.
ONLY = {
    "web3": {"deltaml.chain"},
    "eth_account": {"deltaml.chain"},
    "eth_utils": {"deltaml.chain"},
    "ipfshttpclient": {"deltaml.storage"},
    "urllib3": {"deltaml.storage", "deltaml.federated", "deltaml.bounded_http"},
    "aiohttp": {"deltaml.federated"},
    "requests": {"deltaml.chain", "deltaml.storage", "deltaml.bounded_http"},
    "tenacity": {"deltaml.chain"},
    "http": {"deltaml.storage"},
    "socket": {"deltaml.storage", "deltaml.bounded_http"},
    "socketserver": {"deltaml.storage"},
    "pyrage": {"deltaml.sealing"},
    "phe": {"deltaml.sealing"},
    "gmpy2": {"deltaml.sealing"},
    "cryptography": {"deltaml.sealing"},
    "scipy": {"deltaml.learning"},
    "typer": {"deltaml.client", "deltaml.connection", "oracles"},
    "torch": {"deltaml.learning"},
    "sklearn": {"deltaml.learning", "deltaml.client"},
    "skops": {"deltaml.client"},
    "onnx": {"deltaml.client"},
    "flwr": {"deltaml.federated"},
    "apscheduler": {"oracles"},
    "prometheus_client": {"deltaml.serving", "oracles"},
    "joblib": {"deltaml.protocol", "oracles"},
}
INPUT_OUTPUT = {
    "os",
    "pathlib",
    "io",
    "socket",
    "http",
    "urllib",
    "subprocess",
    "threading",
    "asyncio",
    "time",
    "logging",
}
# The one file of sealing that keeps a key on disk.
KEY_FILE = "deltaml/sealing/envelope.py"
UNSAFE = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal"}
# Work goes to processes of our own and comes back; joblib's files are pickles, and not for us.
FROM_JOBLIB = {"Parallel", "delayed", "effective_n_jobs", "parallel_config"}


def sources(*folders: str) -> list[Path]:
    files = [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]
    assert files, folders
    return files


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def package_of(module: str) -> str:
    """ "deltaml.chain" for all below it; "oracles" for all of the oracle process."""
    return ".".join(module.split(".")[: 2 if module.startswith("deltaml") else 1])


def imports(file: Path) -> Iterator[str]:
    """Every module a file imports, at the top, inside functions, or by name through importlib."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            assert node.module is not None
            yield node.module
            # `from deltaml import chain` imports a package too.
            if node.module == "deltaml":
                yield from (f"deltaml.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("__import__", "importlib.import_module"):
            assert isinstance(node.args[0], ast.Constant), f"{file}: an import that can't be read"
            yield str(node.args[0].value)


LIBRARY = sources("deltaml", "oracles")
ids = pytest.mark.parametrize("file", LIBRARY, ids=[module_of(file) for file in LIBRARY])


@ids
def test_arrows_point_downwards(file: Path) -> None:
    mine = package_of(module_of(file))
    for imported in imports(file):
        other = package_of(imported)
        if other.split(".")[0] in ("deltaml", "oracles", "scripts", "tests") and other != mine:
            assert other in ALLOWED[mine], f"{file.relative_to(ROOT)} imports {imported}"


@ids
def test_each_outside_library_has_its_one_place(file: Path) -> None:
    mine = package_of(module_of(file))
    for imported in imports(file):
        top = imported.split(".")[0]
        assert top != "brownie", f"{file.relative_to(ROOT)}: brownie pins its dependencies; scripts and tests only"
        assert mine in ONLY.get(top, {mine}), f"{file.relative_to(ROOT)} imports {imported}"


@pytest.mark.parametrize("file", sources("deltaml/learning", "deltaml/sealing"), ids=module_of)
def test_learning_and_sealing_touch_nothing_outside(file: Path) -> None:
    allowed = {"os", "pathlib"} if file == ROOT / KEY_FILE else set()
    touched = {imported.split(".")[0] for imported in imports(file)} & INPUT_OUTPUT
    assert touched <= allowed
    calls = {
        ast.unparse(node.func) for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)
    }
    assert not calls & {"open", "print", "input"}


def test_brownie_stays_in_scripts_and_its_tests() -> None:
    users = {file.relative_to(ROOT) for file in sources("scripts", "tests") if "brownie" in top_names(file)}
    assert users
    for file in users:
        assert file.parts[0] == "scripts" or file.parts[:2] in (("tests", "contracts"), ("tests", "e2e")), file


@pytest.mark.parametrize("folder", ["deltaml", "oracles", "scripts", "tests"])
def test_nothing_unpickles(folder: str) -> None:
    for file in sources(folder):
        assert not top_names(file) & UNSAFE, file
        assert joblib_names(file) <= FROM_JOBLIB, file
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert isinstance(node.value, ast.Constant) and node.value.value is False, file


def joblib_names(file: Path) -> set[str]:
    """What a file takes from joblib, by any way of naming it but an alias, which counts as a name of its own."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "joblib":
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {
                str(a.asname) for a in node.names if a.name.split(".")[0] == "joblib" and (a.asname or "." in a.name)
            }
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "joblib":
            names.add(node.attr)
    return names


def top_names(file: Path) -> set[str]:
    # Not `imports`: scripts may use what the library may not.
    nodes = list(ast.walk(ast.parse(file.read_text("utf-8"))))
    plain = {alias.name.split(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module.split(".")[0] for node in nodes if isinstance(node, ast.ImportFrom) and node.module}


@pytest.mark.parametrize("file", [file for file in LIBRARY if file.name == "__init__.py"], ids=module_of)
def test_every_package_says_what_it_offers(file: Path) -> None:
    body = ast.parse(file.read_text("utf-8")).body
    lists = [
        ast.literal_eval(node.value)
        for node in body
        if isinstance(node, ast.Assign) and any(ast.unparse(target) == "__all__" for target in node.targets)
    ]
    if all(isinstance(node, ast.Expr) for node in body):
        return
    assert len(lists) == 1, f"{file}: a package that imports names lists them in __all__"
    assert lists[0] == sorted(set(lists[0]), key=as_ruff_sorts)
    given = {alias.asname or alias.name for node in body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert set(lists[0]) == given - {"annotations"}


def as_ruff_sorts(name: str) -> tuple[int, str]:
    """Constants, classes, functions; each by name (RUF022)."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


def test_layers_of_this_test_are_those_of_the_tree() -> None:
    packages = {package_of(module_of(file)) for file in LIBRARY}
    assert packages == set(ALLOWED)
