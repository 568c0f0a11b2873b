"""One look for all pages: a colour, a line and a marker per method, the same everywhere.

The colours are told apart by colour-blind eyes (after Okabe & Ito 2008), one for each
theme; line and marker say the same again for a beamer or a grey print.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Method:
    """How a method is called and drawn."""

    label: str
    light: str
    dark: str
    dash: str
    symbol: str

    @property
    def color(self) -> str:
        """For figures of the live view, which choose by theme."""
        return f"light-dark({self.light}, {self.dark})"

    @property
    def area(self) -> str:
        """The same, for areas that are to be told apart."""
        return f"light-dark({self.light}66, {self.dark}66)"

    @property
    def veil(self) -> str:
        """The same, for areas: nearly transparent."""
        return f"light-dark({self.light}2e, {self.dark}38)"


METHODS = {
    "sgd": Method("SGD", "#5a5a5a", "#c4c4c4", "solid", "circle"),
    "momentum": Method("Momentum", "#a67c00", "#f2c029", "solid", "square"),
    "nesterov": Method("Nesterov", "#2f93cc", "#6cc3f2", "dash", "diamond"),
    "adagrad": Method("AdaGrad", "#00866a", "#2cc79f", "dot", "triangle-up"),
    "rmsprop": Method("RMSProp", "#c0568f", "#ee9cc7", "dashdot", "triangle-down"),
    "adam": Method("Adam", "#d1380d", "#ff7043", "solid", "star"),
    "adamw": Method("AdamW", "#00588f", "#4f7df0", "longdash", "hexagon"),
    "amsgrad": Method("AMSGrad", "#7a4a3a", "#cfa08c", "longdash", "cross"),
    "lion": Method("Lion", "#6a3d9a", "#b99ae0", "dash", "x"),
}

FITS = {  # in the labs of regularization: how a penalty or a setting is chosen, and what it gives
    "no_ridge": Method("No ridge", "#d1380d", "#ff7043", "solid", "circle"),
    "ridge": Method("With ridge", "#00588f", "#4f7df0", "solid", "square"),
    "cross_validated": Method("Lowest mean over folds", "#2f93cc", "#6cc3f2", "solid", "diamond"),
    "one_standard_error": Method(
        "One standard error", "#c0568f", "#ee9cc7", "dashdot", "triangle-down"
    ),
    "oracle": Method("Oracle", "#00866a", "#2cc79f", "dash", "star"),
    "true_error": Method("True error", "#7a4a3a", "#cfa08c", "longdash", "x"),
    "training_error": Method("Training error", "#a67c00", "#f2c029", "dot", "triangle-up"),
    "random_search": Method("Random search", "#5a5a5a", "#c4c4c4", "dash", "cross"),
    "bayesian_search": Method("Bayesian optimization", "#6a3d9a", "#b99ae0", "solid", "hexagon"),
}

REMEDIES = {  # against overfitting
    "none": Method("Plain net", "#d1380d", "#ff7043", "solid", "circle"),
    "l2": Method("L2", "#a67c00", "#f2c029", "solid", "square"),
    "weight_decay": Method("Weight decay", "#7a4a3a", "#cfa08c", "longdash", "diamond"),
    "dropout": Method("Dropout", "#00588f", "#4f7df0", "solid", "triangle-up"),
    "early_stopping": Method("Early stopping", "#5a5a5a", "#c4c4c4", "dash", "triangle-down"),
    "input_noise": Method("Input noise", "#00866a", "#2cc79f", "solid", "star"),
    "shift": Method("Shifted images", "#2f93cc", "#6cc3f2", "dash", "hexagon"),
    "mixup": Method("Mixup", "#c0568f", "#ee9cc7", "dashdot", "cross"),
    "label_smoothing": Method("Label smoothing", "#6a3d9a", "#b99ae0", "dash", "x"),
    "batch_norm": Method("Batch norm", "#5f7d00", "#b4d84b", "dot", "pentagon"),
    "ensemble": Method("Ensemble", "#8e1d1d", "#ff9e9e", "longdash", "bowtie"),
    "combined": Method("Together", "#1c1c1c", "#ffffff", "solid", "hourglass"),
}

SQUARED_ERRORS = {  # parts of an expected squared error, and the fits it belongs to
    "truth": Method("Truth", "#101010", "#ffffff", "dash", "x"),
    "fits": Method("Single fits", "#2f93cc", "#6cc3f2", "solid", "cross"),
    "main": Method("Mean fit", "#6a3d9a", "#b99ae0", "solid", "square"),
    "latest": Method("Newest data set", "#c0568f", "#ee9cc7", "solid", "hexagon"),
    "bias_squared": Method("Bias²", "#00588f", "#4f7df0", "solid", "triangle-up"),
    "variance": Method("Variance", "#d1380d", "#ff7043", "solid", "triangle-down"),
    "noise": Method("Noise", "#5a5a5a", "#c4c4c4", "dot", "diamond"),
    "test_error": Method("Test error", "#00866a", "#2cc79f", "solid", "circle"),
    "train_error": Method("Training error", "#a67c00", "#f2c029", "dashdot", "star"),
}

ZERO_ONE_ERRORS = {  # parts of an expected 0-1 error
    "noise_left": SQUARED_ERRORS["noise"],
    "bias": Method("Bias", "#00588f", "#4f7df0", "solid", "triangle-up"),
    "variance_unbiased": Method(
        "Variance that hurts", "#d1380d", "#ff7043", "solid", "triangle-down"),
    "variance_biased": Method("Variance that helps", "#2f93cc", "#6cc3f2", "dash", "square"),
    "fresh_labels": SQUARED_ERRORS["test_error"],
    "optimal": Method("Optimal border", "#101010", "#ffffff", "dash", "x"),
}

TREES = {  # where ensembles grow
    "tree": Method("Tree", "#5a5a5a", "#c4c4c4", "solid", "circle"),
    "bagging": Method("Bagging", "#00588f", "#4f7df0", "longdash", "square"),
    "forest": Method("Random forest", "#00866a", "#2cc79f", "solid", "triangle-up"),
    "extra_trees": Method("Extra trees", "#2f93cc", "#6cc3f2", "dash", "diamond"),
    "adaboost": Method("AdaBoost", "#d1380d", "#ff7043", "solid", "star"),
    "gradient_boosting": Method(
        "Gradient boosting", "#c0568f", "#ee9cc7", "dashdot", "triangle-down"
    ),
}

VOTERS = {  # where classifiers vote
    "logistic": Method("Logistic regression", "#a67c00", "#f2c029", "dash", "square"),
    "knn": Method("kNN", "#2f93cc", "#6cc3f2", "dash", "diamond"),
    "naive_bayes": Method("Naive Bayes", "#7a4a3a", "#cfa08c", "dash", "triangle-up"),
    "shallow_tree": Method("Shallow tree", "#5a5a5a", "#c4c4c4", "solid", "circle"),
    "hard": Method("Hard vote", "#00866a", "#2cc79f", "solid", "hexagon"),
    "soft": Method("Soft vote", "#d1380d", "#ff7043", "solid", "star"),
    "stacking": Method("Stacking", "#6a3d9a", "#b99ae0", "longdash", "x"),
    "mean_member": Method("Mean member", "#101010", "#ffffff", "dot", "triangle-left"),
    "best_member": Method("Best member", "#00588f", "#4f7df0", "dashdot", "triangle-right"),
}

AGENTS = {  # that balance a pole
    "full": Method("Full DQN", "#00588f", "#4f7df0", "solid", "circle"),
    "no_target": Method("No target network", "#d1380d", "#ff7043", "dash", "square"),
    "no_replay": Method("No replay", "#a67c00", "#f2c029", "dashdot", "diamond"),
    "neither": Method("Neither", "#5a5a5a", "#c4c4c4", "dot", "x"),
    "slow_target": Method("Slow target", "#6a3d9a", "#b99ae0", "longdash", "triangle-up"),
    "soft_target": Method("Soft target", "#00866a", "#2cc79f", "dash", "triangle-down"),
    "double": Method("Double DQN", "#2f93cc", "#6cc3f2", "dash", "star"),
    "dueling": Method("Dueling", "#c0568f", "#ee9cc7", "longdash", "hexagon"),
    "multi_step": Method("3-step returns", "#7a4a3a", "#cfa08c", "dashdot", "cross"),
    "one_random_action": Method("One random action", "#5f7a00", "#a8cf3a", "dot", "pentagon"),
    "short_sighted": Method("Short-sighted", "#007c91", "#3fd0e0", "dashdot", "bowtie"),
    "huber_slow": Method("Huber, slow", "#a3003f", "#ff4f7b", "longdash", "hourglass"),
    "table": Method("Table", "#1f1f1f", "#ffffff", "solid", "star-square"),
    "solver": Method("Tuned DQN", "#b100b1", "#e36bff", "solid", "octagon"),
}

BLOCKS = {  # of deep nets: what they do with their input
    "plain": Method("Plain", "#c2410c", "#ff7043", "solid", "circle"),
    "residual": Method("Residual", "#00588f", "#4f7df0", "solid", "square"),
    "naive": Method("Naive residual", "#8e2a6b", "#d65aa8", "solid", "diamond"),
    "rezero": Method("ReZero", "#00664f", "#2cc79f", "solid", "triangle-up"),
    "plain_bn": Method("Plain + batch norm", "#d9771f", "#ffb38f", "dash", "circle-open"),
    "residual_bn": Method("Residual + batch norm", "#2f93cc", "#6cc3f2", "dash", "square-open"),
    "naive_bn": Method("Naive + batch norm", "#c0568f", "#f5b3dc", "dash", "diamond-open"),
    "rezero_bn": Method("ReZero + batch norm", "#2a9d6f", "#a3e8cf", "dash", "triangle-up-open"),
}

TABLES = {
    "optimizers": METHODS, "fits": FITS, "remedies": REMEDIES, "squared_errors": SQUARED_ERRORS,
    "zero_one_errors": ZERO_ONE_ERRORS, "trees": TREES, "voters": VOTERS,
    "agents": AGENTS, "blocks": BLOCKS,
}
"""The methods of different tables never meet in one picture."""

STYLES = {key: method for table in TABLES.values() for key, method in table.items()}

NAMES = {
    "tuned": "Own best rate", "shared": "One for all", "inverse_sqrt": "1 / √step",
    "quadratic": "Quadratic valley", "rosenbrock": "Rosenbrock", "beale": "Beale",
    "himmelblau": "Himmelblau", "saddle": "Saddle", "rastrigin": "Rastrigin",
    "online": "Reddi's online problem", "digits": "Digits", "wilson": "Wilson's construction",
    "starts": "Starts", "rates": "Rates", "off": "Off", "constant": "Constant",
    "surface": "Surface", "network": "Network", "double_descent": "Double descent",
    "cross_validation": "Cross-validation", "search": "Search", "remedies": "Remedies",
    "strength": "Strength", "plane": "Plane", "n_train": "Training images",
    "understand": "Understand it", "solve": "Solve it", "mse": "Squared", "huber": "Huber",
    "members": "Members of an ensemble", "moons": "Moons", "circles": "Circles",
    "blobs": "Blobs", "regression": "Regression", "classification": "Classification",
    "polynomial": "Polynomial", "nearest_neighbors": "Nearest neighbours",
    "decision_tree": "Decision tree", "ridge_regression": "Ridge regression",
    "bagged_trees": "Bagged trees", "mlp": "Neural network",
    "sine": "Sine", "line": "Straight line", "step": "Step", "bumps": "Two bumps",
    "fixed": "Fixed x", "random": "Random x",
    "growing": "Growing", "voting": "Voting", "breast_cancer": "Breast cancer",
    "synthetic": "20 features, synthetic",
    "depth": "Depth", "inside": "Inside", "on": "On", "both": "Both",
    "dense": "Dense (MLP)", "cnn": "CNN",
    "half": "0.5", "one": "1", "he": "√2 (He)",
    **{str(depth): f"{depth} layers" for depth in (2, 4, 8, 16, 32, 64)},
}


def name_of(value: str) -> str:
    """What people read for a method or an option."""
    return STYLES[value].label if value in STYLES else NAMES.get(value, value)
