"""`python -m oracles check`: everything that `run` needs is tried, and what is wrong is said in plain words."""

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape

from oracles.checks import chain, ipfs, keys, membership
from oracles.checks.finding import Finding
from oracles.settings import Settings


def preflight(settings: Settings, rounds: int) -> bool:
    """Prints a line for each check, going on after a failure wherever it can; True when all passed."""
    console = Console(soft_wrap=True, highlight=False)
    failures = count = 0
    for finding in findings(settings, rounds):
        count += 1
        failures += not finding.passed
        mark = "[green]✓[/green]" if finding.passed else "[red]✗[/red]"
        console.print(f"{mark} {escape(finding.subject)}: {escape(finding.said)}")
        if finding.remedy:
            console.print(f"  → {escape(finding.remedy)}")
    console.print(f"{count - failures} of {count} checks passed" + ("" if failures else ", the oracle can run"))
    return not failures


def findings(settings: Settings, rounds: int) -> Iterator[Finding]:
    """All checks, in the order in which an operator would mend what they find."""
    holder = yield from keys.check(settings)
    yield from ipfs.check(settings.connection)
    market = yield from chain.check(settings)
    if market is not None:
        yield from membership.check(market, holder, settings, rounds)
