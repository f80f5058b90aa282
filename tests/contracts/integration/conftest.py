from ..market_fixtures import *  # noqa: F403
