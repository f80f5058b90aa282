"""All liars by the name of their module; names that say what each does to a round."""

from tests.e2e.adversaries.members.brinkman import Brinkman
from tests.e2e.adversaries.members.contrarian import Contrarian
from tests.e2e.adversaries.members.deserter import Deserter
from tests.e2e.adversaries.members.divider import Divider
from tests.e2e.adversaries.members.flatterer import Flatterer
from tests.e2e.adversaries.members.framer import Framer
from tests.e2e.adversaries.members.grudger import Grudger
from tests.e2e.adversaries.members.halfhearted import Halfhearted
from tests.e2e.adversaries.members.hoarder import Hoarder
from tests.e2e.adversaries.members.inventor import Inventor
from tests.e2e.adversaries.members.lazy import Lazy
from tests.e2e.adversaries.members.leaker import Leaker
from tests.e2e.adversaries.members.liar import Liar
from tests.e2e.adversaries.members.masks import MaskLiar
from tests.e2e.adversaries.members.mimic import Mimic
from tests.e2e.adversaries.members.path import PathLiar
from tests.e2e.adversaries.members.pretender import Pretender
from tests.e2e.adversaries.members.progress import ProgressLiar
from tests.e2e.adversaries.members.refuser import Refuser
from tests.e2e.adversaries.members.shares import ShareLiar
from tests.e2e.adversaries.members.silent import Silent
from tests.e2e.adversaries.members.step import StepLiar
from tests.e2e.adversaries.members.straggler import Straggler
from tests.e2e.adversaries.members.sums import SumLiar
from tests.e2e.adversaries.members.whisperer import Whisperer
from tests.e2e.adversaries.members.withholder import Withholder

LIARS: dict[str, type[Liar]] = {
    "masks": MaskLiar,
    "framer": Framer,
    "refuser": Refuser,
    "sums": SumLiar,
    "withholder": Withholder,
    "path": PathLiar,
    "step": StepLiar,
    "progress": ProgressLiar,
    "shares": ShareLiar,
    "mimic": Mimic,
    "lazy": Lazy,
    "contrarian": Contrarian,
    "silent": Silent,
    "deserter": Deserter,
    "brinkman": Brinkman,
    "straggler": Straggler,
    "whisperer": Whisperer,
    "leaker": Leaker,
    "pretender": Pretender,
    "inventor": Inventor,
    "halfhearted": Halfhearted,
    "grudger": Grudger,
    "flatterer": Flatterer,
    "hoarder": Hoarder,
    "divider": Divider,
}
