"""Federated learning with contribution scores: arrays in, arrays out, no chain and no I/O."""

from deltaml.learning.aggregation import weighted_mean
from deltaml.learning.budget import OverBudget, PrivacyBudget, TaskAccount
from deltaml.learning.client import (
    Arrays,
    Client,
    ClientFault,
    Config,
    EvaluateResult,
    FitResult,
    Layout,
    Metrics,
    call_evaluate,
    call_fit,
    checked_evaluation,
    checked_fit,
    first_parameters,
    require_client,
)
from deltaml.learning.contributions import aumann_shapley, carry_deficits, path_gradient, project_off
from deltaml.learning.exact_shapley import coalition_utilities, exact_shapley
from deltaml.learning.federation import Federation, FederationSettings, Task, model_evaluation
from deltaml.learning.games import Coalitions, Game, RoundGame, TableGame, all_coalitions
from deltaml.learning.history import History, Round, SimulationSettings
from deltaml.learning.linear import Linear
from deltaml.learning.logistic import Logistic
from deltaml.learning.mlp import Mlp
from deltaml.learning.model import Model, build_model
from deltaml.learning.model_checks import check_model
from deltaml.learning.model_client import ModelClient, TrainsItself
from deltaml.learning.owner_state import BFGSState, MomentumState, OwnerState, PlainState
from deltaml.learning.owner_step import BFGS, Momentum, OwnerOptimiser, Plain, score_direction
from deltaml.learning.partition import by_column, dirichlet, iid, quantity_skew
from deltaml.learning.perceptron import Perceptron
from deltaml.learning.privacy import (
    Ledger,
    Release,
    epsilon_of,
    gaussian_delta,
    gaussian_epsilon,
    mu_of,
    noise_multiplier_for,
)
from deltaml.learning.private_training import PrivateTraining, train_privately
from deltaml.learning.progress import ProgressRule, progress
from deltaml.learning.public_steps import best_in_span, damped, known_steps, ridge_for
from deltaml.learning.quadratic import QuadraticLoss, normal_equations
from deltaml.learning.run_history import ClientRecord, RoundRecord, RunHistory
from deltaml.learning.simulation import Trainer, honest_trainer, simulate
from deltaml.learning.sklearn_model import SklearnModel
from deltaml.learning.softmax import Softmax
from deltaml.learning.strategies import (
    FedAdam,
    FedAvg,
    FedAvgM,
    FedMedian,
    FedTrimmedAvg,
    FedYogi,
    Krum,
    NormClipping,
    Strategy,
    TrustScores,
)
from deltaml.learning.training import LocalTraining, add_gaussian_noise, clip_to_norm, train_locally
from deltaml.learning.uphill import downhill_enough
from deltaml.learning.valuation import (
    AumannShapley,
    ContributionMethod,
    Contributions,
    Cosine,
    ExactShapley,
    GtgShapley,
    LeaveOneOut,
    SingleStep,
    TruncatedMonteCarlo,
)

__all__ = [
    "BFGS",
    "Arrays",
    "AumannShapley",
    "BFGSState",
    "Client",
    "ClientFault",
    "ClientRecord",
    "Coalitions",
    "Config",
    "ContributionMethod",
    "Contributions",
    "Cosine",
    "EvaluateResult",
    "ExactShapley",
    "FedAdam",
    "FedAvg",
    "FedAvgM",
    "FedMedian",
    "FedTrimmedAvg",
    "FedYogi",
    "Federation",
    "FederationSettings",
    "FitResult",
    "Game",
    "GtgShapley",
    "History",
    "Krum",
    "Layout",
    "LeaveOneOut",
    "Ledger",
    "Linear",
    "LocalTraining",
    "Logistic",
    "Metrics",
    "Mlp",
    "Model",
    "ModelClient",
    "Momentum",
    "MomentumState",
    "NormClipping",
    "OverBudget",
    "OwnerOptimiser",
    "OwnerState",
    "Perceptron",
    "Plain",
    "PlainState",
    "PrivacyBudget",
    "PrivateTraining",
    "ProgressRule",
    "QuadraticLoss",
    "Release",
    "Round",
    "RoundGame",
    "RoundRecord",
    "RunHistory",
    "SimulationSettings",
    "SingleStep",
    "SklearnModel",
    "Softmax",
    "Strategy",
    "TableGame",
    "Task",
    "TaskAccount",
    "Trainer",
    "TrainsItself",
    "TruncatedMonteCarlo",
    "TrustScores",
    "add_gaussian_noise",
    "all_coalitions",
    "aumann_shapley",
    "best_in_span",
    "build_model",
    "by_column",
    "call_evaluate",
    "call_fit",
    "carry_deficits",
    "check_model",
    "checked_evaluation",
    "checked_fit",
    "clip_to_norm",
    "coalition_utilities",
    "damped",
    "dirichlet",
    "downhill_enough",
    "epsilon_of",
    "exact_shapley",
    "first_parameters",
    "gaussian_delta",
    "gaussian_epsilon",
    "honest_trainer",
    "iid",
    "known_steps",
    "model_evaluation",
    "mu_of",
    "noise_multiplier_for",
    "normal_equations",
    "path_gradient",
    "progress",
    "project_off",
    "quantity_skew",
    "require_client",
    "ridge_for",
    "score_direction",
    "simulate",
    "train_locally",
    "train_privately",
    "weighted_mean",
]
