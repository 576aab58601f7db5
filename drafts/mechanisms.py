# %% [markdown]
# ## Five mechanisms, one at a time
#
# Suppose an extra task has helped. What did it do? [Caruana (1997, section 3.2)](https://doi.org/10.1023/A:1007379606734) names four things it may have done; other lists add regularisation as a fifth ([Ruder, 2017](https://arxiv.org/abs/1706.05098)). In a real problem they act together, and beside them act things that have nothing to do with the extra task's meaning. So each gets a problem of its own below, built so that it alone can act, and next to it a control that leaves everything in place but the mechanism.
#
# | mechanism | what the extra task brings | what would look the same |
# |---|---|---|
# | data amplification | the same function, with other noise | more outputs, larger gradients |
# | attribute selection | evidence about which inputs matter | a trunk with less room to overfit |
# | eavesdropping | labels for a hidden feature where the main task shows none | any task that keeps the trunk busy |
# | representation bias | a reason to prefer one of two equally good solutions | luck of the start |
# | regularisation | nothing about the task | a well-chosen weight decay |

# %% tags=["hide-input"]
# The imports that these sections use, for the setup of the chapter.
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch

from mtlbook import figures
from mtlbook.evaluation import claim, compare
from mtlbook.figures import COLOURS
from mtlbook.models.mlp import many_mlps
from mtlbook.seeding import one_thread
from mtlbook.task import regression
from mtlbook.training import fit_many

one_thread()
figures.use_style()

# %% [markdown]
# ## Data amplification
#
# Eight thermometers hang in one room. Each is wrong in its own way, and the mean of the eight is wrong by less. Targets can be like that: tasks that share a function but not their noise are repeated measurements of it.
#
# Start where everything can be calculated. There are $d = 10$ Gaussian inputs and $n = 30$ examples, all tasks see the same inputs, and task $t$ has the target
#
# $$ y_t = s_t \, \mathbf{w}^\top \mathbf{x} + \varepsilon_t, \qquad \varepsilon_t \sim \mathcal{N}(0, \sigma^2), $$
#
# with one direction $\mathbf{w}$ for all $T$ tasks, a scale $s_t$ for each, and independent noise. Take unit variance for the inputs and let the error be $\lVert \hat{\mathbf{w}}_t - s_t \mathbf{w} \rVert^2$, what is left on a fresh input when its own noise is not counted. Least squares on one task has, on average, the error
#
# $$ e_1 = \sigma^2 \, \frac{d}{n - d - 1} . $$
#
# If we *know* that all scales are 1, we average the targets: the noise has variance $\sigma^2 / T$, and the error is $e_1 / T$. If we do not know the scales, we can still ask for coefficients of *rank one*: a common direction, a number for each task. A first-order calculation gives the mean error over the tasks,
#
# $$ \frac{1}{T} \left( e_1 + \sigma^2 \, \frac{T - 1}{n - 2} \right) . $$
#
# The first part is the direction, paid for once by all tasks together. The second is what each further task must spend on its own scale, however many tasks there are. With many tasks the error does not go to zero but to $\sigma^2 / (n - 2)$, what one number costs.

# %%
d, n = 10, 30


def separate(x, y):
    return np.linalg.lstsq(x, y, rcond=None)[0]


def averaged(x, y):
    """One coefficient vector for all tasks."""
    return np.repeat(separate(x, y.mean(axis=1, keepdims=True)), y.shape[1], axis=1)


def rank_one(x, y):
    """A common direction, and a scale for each task."""
    w = separate(x, y)
    scales = np.linalg.svd(x @ w, full_matrices=False)[2][0]
    return w @ np.outer(scales, scales)


def linear_errors(tasks, seed, sigma=1.0, same_noise=False):
    """Mean error over tasks of three estimators, on one draw of the data."""
    rng = np.random.default_rng(seed)
    x, w = rng.standard_normal((n, d)), rng.standard_normal(d)
    w *= 2 / np.linalg.norm(w)
    noise = sigma * rng.standard_normal((n, 32))[:, :tasks]
    if same_noise:
        noise[:] = noise[:, :1]
    y = (x @ w)[:, None] + noise
    methods = separate, averaged, rank_one
    return [np.square(f(x, y) - w[:, None]).sum(axis=0).mean() for f in methods]


# %% [markdown]
# The scales are all 1 in these data, so that the three estimators face the same problem; `rank_one` is not told. For the control the tasks share the noise as well. Then they are copies, and say nothing that the first has not said.
#
# > **Before you run it.** You may add seven tasks, or collect eight times as many examples for one. Which lowers the error more? And with 32 tasks, how far apart will averaging and rank one be?

# %%
TASKS, draws = [1, 2, 4, 8, 16, 32], range(400)
columns = ["separate", "averaged", "rank one"]
linear = pd.concat(
    {
        (noise, tasks): pd.DataFrame(
            [linear_errors(tasks, s, same_noise=noise == "same") for s in draws],
            columns=columns,
        )
        for noise in ("own", "same")
        for tasks in TASKS
    },
    names=["noise", "tasks", "draw"],
)
one = d / (n - d - 1)
formula = {t: (one / t, (one + (t - 1) / (n - 2)) / t) for t in TASKS}
table = linear.loc["own"].groupby("tasks").mean()[["averaged", "rank one"]]
table["averaged, formula"], table["rank one, formula"] = zip(
    *formula.values(), strict=True
)
same_noise = linear.loc["same"].groupby("tasks").mean()
table["rank one, same noise"] = same_noise["rank one"]
table.round(3).T

# %% [markdown]
# Both formulas hold to within the noise of the simulation; that for rank one is an approximation and runs a few per cent low where tasks are few. And copies do nothing at all: whatever $T$ is, an estimator that is fed copies returns what it returns for one.
#
# As for the question above the cell, eight times the examples would bring $d / (8n - d - 1)$, a third less than $e_1 / 8$: more rows also determine the inputs' own scatter better, and repeated targets do not. Repeated measurements are not fresh cases.
#
# ### Does a network do it?
#
# A network with $h$ hidden units shares its trunk, and each task has $h + 1$ weights of its own. By the argument above the trunk is paid for once and the heads are not, so amplification should be strong when the trunk holds most of the weights. We take ten inputs and four hidden units: 44 weights to share, and 5 that are not. The function is a difference of two ridges, $\tanh(\mathbf{a}^\top\mathbf{x}) - \tanh(\mathbf{b}^\top\mathbf{x})$, and there are 60 training examples. Every arm is stopped early on 200 further examples, with noise of the same kind.


# %%
def draw(seed, sigma, n):
    """Noisy targets of eight tasks that share one function, and the function."""
    rng = np.random.default_rng([seed, n])
    a = np.random.default_rng(seed).standard_normal((10, 2)) * 2 / np.sqrt(10)
    x = rng.standard_normal((n, 10))
    f = np.tanh(x @ a) @ [1, -1]
    return x, f[:, None] + sigma * rng.standard_normal((n, 8)), f


def amplify(arm, sigma, seeds):
    """Test error on the noise-free function, one network per seed."""

    def sets(n):
        draws = zip(*(draw(s, sigma, n) for s in seeds), strict=True)
        x, y, f = (torch.tensor(np.stack(part)) for part in draws)
        columns = {"alone": y[..., :1], "eight tasks": y, "copied": y[..., [0] * 8]}
        columns["averaged"] = y.mean(dim=-1, keepdim=True)
        return (x, columns[arm]), f

    (train, _), (halt, _), (test, truth) = sets(60), sets(200), sets(1000)
    tasks = [regression(f"output {t}") for t in range(train[1].shape[-1])]
    networks = many_mlps(seeds, inputs=10, hidden=4, tasks=len(tasks))
    result = fit_many(networks, tasks, train, halt, steps=600, lr=0.02)
    return (result.predict(test[0]) - truth).square().mean(dim=-1).numpy()


seeds, LEVELS = range(20), [0.0, 0.5, 1.0]
arms = ["alone", "eight tasks", "copied", "averaged"]
amplified = pd.concat(
    {
        sigma: pd.DataFrame(
            {a: amplify(a, sigma, seeds) for a in arms}, index=seeds
        )
        for sigma in LEVELS
    },
    names=["noise", "seed"],
)
amplified.groupby("noise").mean().round(3)

# %% tags=["hide-input"]
lines = {
    ("own", "averaged"): ("averaged", "pooled", 0),
    ("own", "rank one"): ("rank one", "hard sharing", 1),
    ("same", "rank one"): ("copies", "copied", None),
}
shown = {
    "alone": "single task",
    "copied": "copied",
    "eight tasks": "hard sharing",
    "averaged": "pooled",
}

# %% tags=["hide-input"]
# alt: Two panels. On the left, error against number of tasks on logarithmic scales: averaging falls along a straight line, rank one bends away from it and levels off, and copies stay flat. On the right, error of networks against noise: all arms agree without noise; with noise, eight tasks and averaged targets fall far below a single task, and copies stay close to it.
fig, axes = plt.subplots(1, 2, figsize=(5.8, 3.4))
for (noise, method), (label, colour, law) in lines.items():
    errors = linear.loc[noise][method].groupby("tasks")
    mean, half = errors.mean(), 1.97 * errors.std() / np.sqrt(len(draws))
    axes[0].errorbar(TASKS, mean, half, fmt="o", ms=5, color=COLOURS[colour])
    if law is None:
        axes[0].axhline(one, color=COLOURS[colour], lw=1)
    else:
        axes[0].plot(TASKS, [formula[t][law] for t in TASKS], color=COLOURS[colour])
    figures.direct_label(axes[0], 32, mean.iloc[-1], label, COLOURS[colour])
axes[0].set(
    xscale="log", yscale="log", xlabel="tasks T", ylabel="error", xlim=(0.8, 200)
)
axes[0].set(title="linear, with formulas", xticks=TASKS, xticklabels=TASKS)
axes[0].set(
    yticks=[0.02, 0.05, 0.1, 0.2, 0.5], yticklabels=[0.02, 0.05, 0.1, 0.2, 0.5]
)
axes[0].minorticks_off()
for shift, (arm, colour) in enumerate(shown.items()):
    errors = amplified[arm].groupby("noise")
    mean, half = errors.mean(), 2.09 * errors.std() / np.sqrt(len(seeds))
    place = np.array(LEVELS) + 0.03 * (shift - 1.5)
    axes[1].errorbar(place, mean, half, fmt="o-", ms=5, color=COLOURS[colour])
    up = {"alone": 7, "copied": -7}.get(arm, 0)
    figures.direct_label(
        axes[1], 1.05, mean.iloc[-1], arm, COLOURS[colour], xytext=(5, up)
    )
axes[1].set(
    xlim=(-0.1, 1.75), xticks=LEVELS, xlabel="noise σ", ylabel="squared error"
)
axes[1].set(title="networks")
plt.show()

# %% [markdown]
# With noise the eight tasks lower the error by a third to a half, and copies of one task hardly do. Look at the left end, too. Without noise the eight tasks *are* copies of one another and bring no information, and yet their mean error is below that of the single task. The interval all but touches zero, but it is a warning: several outputs can help a network to learn within the steps it is given, whatever they say.
#
# Averaging the targets is better still at the highest noise. It may be: it is told that the tasks are the same, has no private heads to pay for, and stops on halting targets that are averaged, and so less noisy, too. Sharing recovers a good part of what the tasks have in common, and never all of it.


# %% tags=["hide-input"]
def amplification(arm, sigma, rival="alone"):
    return compare(amplified.loc[sigma, arm], amplified.loc[sigma, rival])


law = max(abs(np.log(table["rank one"] / table["rank one, formula"])))
claim(
    "The rank-one formula is met within a tenth at every number of tasks.",
    law < 0.1,
    f"largest deviation {law:.0%}",
)
copies = linear.loc["same"]["rank one"].unstack("tasks")
spread = float(np.ptp(copies.to_numpy(), axis=1).max())
claim(
    "Copies leave the linear estimate where it was, in every draw.",
    spread < 1e-9,
    "up to rounding",
)
claim(
    "Networks: with noise, eight tasks beat one.",
    max(amplification("eight tasks", s).high for s in (0.5, 1.0)) < -0.02,
    "; ".join(str(amplification("eight tasks", s)) for s in (0.5, 1.0)),
)
claim(
    "They beat copies of the main task as well.",
    max(amplification("eight tasks", s, "copied").high for s in (0.5, 1.0)) < -0.02,
    "; ".join(str(amplification("eight tasks", s, "copied")) for s in (0.5, 1.0)),
)

# %% [markdown]
# ## Attribute selection
#
# A doctor has two hundred measurements of each patient and thirty patients. Four of the measurements bear on the outcome. Which? A second outcome that depends on the same four, in whatever way, is further evidence about them. (Caruana treats this as a consequence of data amplification, with one feature that the tasks share. Here the tasks share inputs and nothing else, and there is no noise to average, so that amplification cannot act.)
#
# To isolate this there is no noise at all now: every target is an exact linear function of the four relevant inputs, different for each task. A plain selector does the choosing. It ranks all inputs by their squared covariance with the targets, summed over tasks, keeps the best four, and fits the main task on those. Even without noise the ranking can go wrong. In 30 examples an irrelevant input is never quite uncorrelated with the relevant ones, and where there are hundreds of irrelevant inputs some look relevant.

# %%
n, relevant = 30, 4
ARMS = {
    "alone": "single task",
    "copied": "copied",
    "same inputs": "hard sharing",
    "other inputs": "redundant",
}


def selected(seed, irrelevant):
    """Share of relevant inputs found, and error of the main task, for each arm."""
    rng = np.random.default_rng([seed, irrelevant])
    x = rng.standard_normal((n, relevant + irrelevant))
    w = np.zeros((relevant + irrelevant, 8))
    w[:relevant] = rng.standard_normal((relevant, 8))
    w[:relevant, 0] = rng.choice([-1, 1], size=relevant)
    moved = w.copy()
    moved[:, 1:] = np.roll(w[:, 1:], relevant, axis=0)
    weights = dict(zip(ARMS, (w[:, :1], w[:, [0] * 8], w, moved), strict=True))
    found, error = {}, {}
    for arm, true in weights.items():
        y = x @ true
        score = np.square(x.T @ y / n).sum(axis=1)
        keep = np.argsort(-score, kind="stable")[:relevant]
        estimate = np.zeros(len(w))
        estimate[keep] = np.linalg.lstsq(x[:, keep], y[:, 0], rcond=None)[0]
        found[arm] = (keep < relevant).mean()
        error[arm] = np.square(estimate - w[:, 0]).sum() / relevant
    return {"found": found, "error": error}


# %% [markdown]
# The main task has weights of ±1 on its four inputs; its error is given relative to their size, so that 1 is as bad as predicting zero. One control copies the main task. The other gives the seven extra tasks four inputs of their own, which are irrelevant to the main task.
#
# > **Before you run it.** The extra tasks bring no second look at the main task's function: they are different functions. Will they help it? And where will the help be larger, with 4 irrelevant inputs or with 256?

# %%
COUNTS, draws = [4, 16, 64, 256], range(200)
results = {k: [selected(s, k) for s in draws] for k in COUNTS}
selection = pd.concat(
    {
        (measure, k): pd.DataFrame([r[measure] for r in results[k]], index=draws)
        for measure in ("found", "error")
        for k in COUNTS
    },
    names=["measure", "irrelevant", "draw"],
).sort_index()
selection.groupby(["measure", "irrelevant"]).mean().round(2)

# %% [markdown]
# Tasks on the same inputs find more of them, and copies find what the single task finds, to the last digit. Tasks on other inputs do the opposite of help: the selector serves the majority. With 256 irrelevant inputs everyone is in trouble, and the extra tasks still halve the error.
#
# ### The trunk that looks at the right inputs
#
# Now a problem for a network with 16 hidden units: the main task is one ridge, $\tanh(2\,\mathbf{a}^\top\mathbf{x})$, on four of twelve inputs, without noise, learned from 80 examples. The seven extra tasks are ridges in other directions, in the *same* four inputs or in four *other* ones. We record the error of the main task, relative to the variance of its target, and how much of the trunk's squared weight lies on the four relevant inputs. One more arm is a reminder: the main task alone, in a trunk of two units.


# %%
def ridges(seed, n, arm):
    """Inputs and targets: the main task first, then those of the arm."""
    directions = np.random.default_rng(seed).standard_normal((4, 8))
    directions /= np.linalg.norm(directions, axis=0)
    rng = np.random.default_rng([seed, n])
    x = rng.standard_normal((n, 12))
    same, other = (
        np.tanh(2 * x[:, :4] @ directions),
        np.tanh(2 * x[:, 4:8] @ directions),
    )
    main, noise = same[:, :1], rng.standard_normal((n, 7))
    extra = {
        "alone": same[:, :0],
        "copied": same[:, [0] * 7],
        "same inputs": same[:, 1:],
        "other inputs": other[:, 1:],
        "noise": noise,
    }
    return x, np.hstack([main, extra[arm]])


# %%
def learn_ridge(arm, seeds, hidden=16, weight_decay=0.0, steps=400):
    """Error of the main task, and the trunk's share of weight on its inputs."""
    train, test = (
        [
            torch.tensor(np.stack(part))
            for part in zip(*(ridges(s, n, arm) for s in seeds), strict=True)
        ]
        for n in (80, 500)
    )
    tasks = [regression(f"output {t}") for t in range(train[1].shape[-1])]
    result = fit_many(
        many_mlps(seeds, inputs=12, hidden=hidden, tasks=len(tasks)),
        tasks,
        train,
        steps=steps,
        lr=0.01,
        weight_decay=weight_decay,
        every=steps,
    )
    truth = test[1][..., 0]
    error = (result.predict(test[0]) - truth).square().mean(-1) / truth.var(-1)
    weight = result.snapshots[0]["trunk_weight"].square()
    share = weight[:, :4].sum((1, 2)) / weight.sum((1, 2))
    return pd.DataFrame({"error": error, "share": share}, index=seeds)


# %%
seeds = range(20)
ridge_arms = {arm: learn_ridge(arm, seeds) for arm in ARMS}
ridge_arms["alone, 2 units"] = learn_ridge("alone", seeds, hidden=2)
ridge_arms = pd.concat(ridge_arms, names=["arm", "seed"])
ridge_arms.groupby("arm", sort=False).mean().round(3)

# %% tags=["hide-input"]
# alt: Two panels. On the left, error of the selector against the number of irrelevant inputs: tasks on the same inputs stay far below the single task, copies lie exactly on it, and tasks on other inputs stay near the error of predicting zero. On the right, networks: share of trunk weight on relevant inputs against error. All extra tasks lower the error, those on other inputs with the lowest share of all, and the small trunk on its own has the lowest error.
fig, axes = plt.subplots(1, 2, figsize=(5.8, 3.4))
for shift, (arm, colour) in enumerate(ARMS.items()):
    errors = selection.loc["error"][arm].groupby("irrelevant")
    mean, half = errors.mean(), 1.97 * errors.std() / np.sqrt(len(draws))
    place = np.arange(4) + 0.06 * (shift - 1.5)
    axes[0].errorbar(place, mean, half, fmt="o-", ms=5, color=COLOURS[colour])
    up = {"alone": 8, "copied": -5}.get(arm, 0)
    figures.direct_label(
        axes[0], 3.1, mean.iloc[-1], arm, COLOURS[colour], xytext=(5, up)
    )
axes[0].set(xticks=range(4), xticklabels=COUNTS, xlim=(-0.3, 5.4), ylim=(0, 1.3))
axes[0].set(xlabel="irrelevant inputs", ylabel="error", title="linear selector")
for arm, rows in ridge_arms.groupby("arm"):
    mean, half = rows.mean(), 2.09 * rows.std() / np.sqrt(len(seeds))
    colour = COLOURS[ARMS.get(arm, "single task")]
    axes[1].errorbar(mean["share"], mean["error"], half["error"], half["share"],
                     fmt="o", ms=6, color=colour)  # fmt: skip
    beside = -8 if mean["share"] > 0.6 else 6
    axes[1].annotate(
        arm,
        mean[["share", "error"]],
        xytext=(beside, 9),
        textcoords="offset points",
        ha="right" if beside < 0 else "left",
        color=colour,
        fontsize=9,
    )
axes[1].set(xlim=(0, 1.1), xlabel="weight on relevant inputs", title="networks")
plt.show()

# %% [markdown]
# The trunk does what Caruana says: with tasks on the same inputs most of its weight comes to lie on the relevant ones, and the error falls. It would be easy to stop here, with a mechanism, a measurement inside the network and a gain. The controls tell another story. Tasks on *other* inputs lower the error too, by at least as much, while the trunk's weight moves *away* from the inputs that matter. Copies help with no information at all. And the single task in a trunk of two units, which has nothing to spare for irrelevant inputs, beats them all.
#
# So most of the gain in this network is not attribute selection. The single task overfits with sixteen units; whatever occupies them, or keeps the training busy, helps. We return to this below under regularisation. The selector shows that attribute selection exists; the network shows that neither a gain nor a look at the weights proves it.


# %% tags=["hide-input"]
def selector_error(arm, rival, k):
    errors = selection.loc["error", k]
    return compare(errors[arm], errors[rival])


claim(
    "Tasks on the same inputs help the selector, with 16 irrelevant inputs or 256.",
    max(selector_error("same inputs", "copied", k).high for k in (16, 256)) < -0.05,
    "; ".join(str(selector_error("same inputs", "copied", k)) for k in (16, 256)),
)
claim(
    "Tasks on other inputs harm it.",
    selector_error("other inputs", "alone", 64).low > 0.4,
    selector_error("other inputs", "alone", 64),
)
network_error = ridge_arms["error"].unstack("arm")
network_share = ridge_arms["share"].unstack("arm")
unrelated = compare(network_error["other inputs"], network_error["alone"])
claim(
    "Tasks on other inputs help the network,",
    unrelated.high < -0.02,
    unrelated,
)
looked = compare(network_share["other inputs"], network_share["alone"])
claim(
    "although its trunk then looks at the relevant inputs less.",
    looked.high < -0.05,
    looked,
)
small = compare(network_error["alone, 2 units"], network_error["same inputs"])
claim(
    "A small trunk alone does better than a large one with related tasks.",
    small.high < -0.005,
    small,
)

# %% [markdown]
# ## Eavesdropping
#
# A main task may need a feature $F$ that it hardly ever gets to see. Take
#
# $$ T = \begin{cases} F(x_1, x_2) & \text{if the gate is open} \\ 0 & \text{if it is closed,} \end{cases} \qquad F = \sqrt{2}\,\sin\!\big(\sqrt{2}\,(x_1 + x_2)\big), $$
#
# where the gate, one of the inputs, is open in a fraction $p$ of the cases. An extra task may show the same feature always: $T' = F$. The main task can listen in. The extreme case, in which the extra task is nothing but the feature one wants to be learned, is the *hint* of [Abu-Mostafa (1990)](https://doi.org/10.1016/0885-064X(90)90006-Y). The Boolean tasks of chapter 1 were of this kind: $T_1$ shows the parity in half of the cases, and $T_2$ and $T_3$ in the other half.
#
# $p$ is our dial. At $p = 1$ the gate is always open, $T'$ is a copy of $T$, and nothing is left to overhear. As controls, an extra task reads the *same two inputs* by another feature, $\sqrt{2} \sin(\sqrt{2}(x_1 - x_2))$; another has a feature of the same form on *other inputs*, $x_3$ and $x_4$; and the main task is copied. The error counts open cases only, and each arm is stopped early on 200 further examples.
#
# > **Before you run it.** Which of the four extra outputs will lower the error when one case in ten is open? And which when half of them are?


# %%
def gated(seed, n, p, arm):
    rng = np.random.default_rng([seed, n])
    x = rng.standard_normal((n, 6))
    is_open = rng.uniform(size=n) < p

    def feature(u):
        return np.sqrt(2) * np.sin(np.sqrt(2) * u)

    hidden = feature(x[:, 0] + x[:, 1])
    main = hidden * is_open
    extra = {
        "alone": [],
        "copied": [main],
        "feature shown": [hidden],
        "other feature": [feature(x[:, 0] - x[:, 1])],
        "other inputs": [feature(x[:, 2] + x[:, 3])],
    }
    inputs = np.column_stack([x, 2 * is_open - 1])
    return inputs, np.column_stack([main, *extra[arm]]), is_open


def eavesdrop(arm, p, seeds):
    """Mean squared error of the main task where the gate is open, one per seed."""
    train, halt, test = (
        [
            torch.tensor(np.stack(part))
            for part in zip(*(gated(s, n, p, arm) for s in seeds), strict=True)
        ]
        for n in (100, 200, 600)
    )
    tasks = [regression(f"output {t}") for t in range(train[1].shape[-1])]
    networks = many_mlps(seeds, inputs=7, hidden=16, tasks=len(tasks))
    result = fit_many(
        networks, tasks, train[:2], halt[:2], steps=400, lr=0.02, every=20
    )
    squares = (result.predict(test[0]) - test[1][..., 0]).square() * test[2]
    return (squares.sum(dim=-1) / test[2].sum(dim=-1)).numpy()


# %%
EARS = {
    "alone": "single task",
    "copied": "copied",
    "feature shown": "hard sharing",
    "other feature": "as input",
    "other inputs": "redundant",
}
OPEN, seeds = [0.1, 0.25, 0.5, 1.0], range(20)
heard = pd.concat(
    {
        p: pd.DataFrame({a: eavesdrop(a, p, seeds) for a in EARS}, index=seeds)
        for p in OPEN
    },
    names=["p", "seed"],
)
heard.groupby("p").mean().round(2)

# %% tags=["hide-input"]
# alt: Change in error against a single task, for four extra outputs, as the share of open cases grows. The task that shows the feature lowers the error a great deal where few cases are open, less where half are, and not clearly where all are. The three controls scatter around zero.
fig, ax = plt.subplots()
ax.axhline(0, color="#8a8a8a", lw=1)
for shift, (arm, colour) in enumerate(list(EARS.items())[1:]):
    place = np.arange(4) + 0.13 * (shift - 1.5)
    gains = [compare(heard.loc[p, arm], heard.loc[p, "alone"]) for p in OPEN]
    ax.errorbar(
        place,
        [g.difference for g in gains],
        [
            [g.difference - g.low for g in gains],
            [g.high - g.difference for g in gains],
        ],
        fmt="o",
        ms=7,
        lw=3,
        color=COLOURS[colour],
        label=arm,
    )
ax.set(xticks=range(4), xticklabels=OPEN, xlabel="share p of open cases")
ax.set_ylabel("squared error minus alone\n(below 0 is better)")
ax.legend(fontsize=9, ncols=2, labelcolor="linecolor", loc="lower right")
plt.show()

# %% [markdown]
# When the gate is rarely open, the task that shows the feature lowers the error by a quarter to a half, and no control does anything of the kind. To read the right inputs is not enough: a task that needs another feature of the same two inputs competes for the hidden units, and where few cases are open it does, if anything, harm. The gain also shrinks as the main task comes to see the feature for itself, and is gone where the extra task has become a copy.
#
# The controls are not all silent. With a quarter or half of the cases open, the copy and the unrelated task lower the mean error too, by amounts that twenty networks hardly tell from zero. With all of them open the unrelated task does at least as well as the shown feature, which by then is a copy. A gain of this size from a related task would prove nothing. The dial is the better evidence: eavesdropping predicts a gain that is large while the main task is silent and ends where it speaks, and only the shown feature has one.


# %% tags=["hide-input"]
def ear(arm, p, rival="alone"):
    return compare(heard.loc[p, arm], heard.loc[p, rival])


claim(
    "With a tenth or a quarter of the cases open, a shown feature helps.",
    max(ear("feature shown", p).high for p in (0.1, 0.25)) < -0.05,
    "; ".join(f"{ear('feature shown', p):.2f}" for p in (0.1, 0.25)),
)
controls = ["copied", "other feature", "other inputs"]
versus = {(a, p): ear("feature shown", p, a) for a in controls for p in (0.1, 0.25)}
claim(
    "There it beats each of the three controls.",
    max(v.high for v in versus.values()) < -0.03,
    f"closest: {max(versus.values(), key=lambda v: v.high):.2f}",
)
shrinks = compare(
    heard.loc[0.25, "feature shown"] - heard.loc[0.25, "alone"],
    heard.loc[1.0, "feature shown"] - heard.loc[1.0, "alone"],
)
claim(
    "Its gain is larger with a quarter of the cases open than with all.",
    shrinks.high < -0.05,
    format(shrinks, ".2f"),
)

# %% [markdown]
# ## Representation bias
#
# The fourth mechanism is a story about minima. A task $T$ could be learned with the hidden feature $A$ or as well with $B$; another, $T'$, with $A$ or with $C$. Each task alone ends in either of its minima. Trained together, says Caruana, both end in $A$, which both can use. The paper does not print its functions, so we build two for which everything can be drawn.
#
# The inputs are points $\mathbf{x}$ in the plane, normally distributed. The network has a single hidden unit, a *bump* across a line through the origin: it looks in the direction $\theta$ and answers
#
# $$ \varphi_\theta(\mathbf{x}) = \exp\!\left(-\frac{(x_1 \cos\theta + x_2 \sin\theta)^2}{2 s^2}\right) . $$
#
# $s$ is the width of the bump. Directions are equal modulo 180°. The targets are sums of two bumps, $T = \varphi_A + \varphi_B$ and $T' = \varphi_A + \varphi_C$, with $A = 90°$, $B = 30°$ and $C = 150°$. One unit can represent one bump, so each task has two equally good minima. The whole network is one angle and one output weight per task, and the loss can be drawn over the angle.


# %%
def bump(x, theta, width):
    """Responses (n, …) of bumps in the directions theta, centred to mean zero."""
    look = x @ torch.stack([theta.cos(), theta.sin()]).flatten(1)
    response = torch.exp(-look.square() / (2 * width**2))
    return (response - response.mean(dim=0)).unflatten(1, theta.shape)


# A normal distribution in the plane on a grid: eight radii, and angles over half
# a turn, since a bump answers to x and to -x alike.
around, radius = np.meshgrid(
    np.arange(30) * np.pi / 30, np.sqrt(-2 * np.log(1 - (np.arange(8) + 0.5) / 8))
)
points = torch.tensor(
    np.column_stack(
        [(radius * np.cos(around)).ravel(), (radius * np.sin(around)).ravel()]
    )
)
PLACES = {"A": 90, "B": 30, "C": 150}
RECIPES = {"T": {"A": 1, "B": 1}, "T′": {"A": 1, "C": 1}}


def targets(recipes, width):
    angles = torch.deg2rad(torch.tensor(list(PLACES.values()), dtype=torch.float64))
    parts = bump(points, angles, width)
    weights = [[recipe.get(place, 0) for place in PLACES] for recipe in recipes]
    return parts @ torch.tensor(weights, dtype=torch.float64).T


def landscape(recipes, width):
    """Loss over the angle, each output weight at its best; and the angles."""
    degrees = torch.arange(0, 180, 1, dtype=torch.float64)
    f, y = bump(points, torch.deg2rad(degrees), width), targets(recipes, width)
    explained = (f.T @ y).square() / f.square().sum(dim=0)[:, None]
    return degrees, (y.square().sum() - explained.sum(dim=1)) / len(points)


# %% [markdown]
# And where do networks land? Start a hundred of them at random angles, with output weights at zero, and let gradient descent find a minimum.


# %%
def land(recipes, width, units=1, starts=100, steps=300):
    """Train from random angles; return where the units end, in degrees."""
    y = targets(recipes, width)
    start = np.random.default_rng(0).uniform(0, np.pi, size=(units, starts))
    theta = torch.tensor(start, requires_grad=True)
    heads = torch.zeros(len(recipes), units, starts, dtype=torch.float64)
    heads.requires_grad_()
    optimiser = torch.optim.Adam([theta, heads], lr=0.03)
    for _ in range(steps):
        optimiser.zero_grad()
        output = torch.einsum("nus,tus->nts", bump(points, theta, width), heads)
        (output - y[..., None]).square().mean(dim=0).sum().backward()
        optimiser.step()
    return torch.rad2deg(theta.detach()).numpy() % 180


def nearest(angles):
    """The letter of the nearest direction, for each angle."""
    places = np.array(list(PLACES.values()))[:, None]
    apart = np.abs(angles.ravel() - places)
    letters = np.array(list(PLACES))[np.minimum(apart, 180 - apart).argmin(axis=0)]
    return letters.reshape(angles.shape)


# %% [markdown]
# > **Before you run it.** Alone, each task should split its starts between its two minima. Trained together, how many of a hundred networks will end in $A$? Does it matter how wide the bumps are?

# %%
WIDTHS = {"wide bumps": 0.5, "narrow bumps": 0.3}
GROUPS = {
    "T alone": [RECIPES["T"]],
    "T′ alone": [RECIPES["T′"]],
    "T and T′": list(RECIPES.values()),
    "T and its copy": [RECIPES["T"]] * 2,
}
landed = {
    (name, group): land(recipes, width)[0]
    for name, width in WIDTHS.items()
    for group, recipes in GROUPS.items()
}
counts = pd.DataFrame(
    {
        key: pd.Series(nearest(angles)).value_counts()
        for key, angles in landed.items()
    }
)
counts = counts.reindex(list(PLACES)).fillna(0).astype(int).T
counts

# %% tags=["hide-input"]
# alt: Loss over the angle of the hidden unit for T, T′ and their sum, with ticks where networks end. With wide bumps each task alone has two wells and the sum has a single one, at A, where all networks end. With narrow bumps the sum has three wells; the one at A is deepest, but most networks end in the other two.
fig, axes = plt.subplots(1, 2, figsize=(5.8, 3.8), sharey=True)
looks = {
    "T alone": ("T", "single task"),
    "T′ alone": ("T′", "pooled"),
    "T and T′": ("both", "hard sharing"),
}
for ax, (name, width) in zip(axes, WIDTHS.items(), strict=True):
    for row, (group, (label, colour)) in enumerate(looks.items()):
        degrees, loss = landscape(GROUPS[group], width)
        loss = loss / loss.max() - 0.9 * row
        ax.plot(degrees, loss, color=COLOURS[colour], lw=2)
        ends = landed[name, group]
        ax.plot(
            ends, np.full(100, loss.min() - 0.08), "|", color=COLOURS[colour], ms=9
        )
        for place, angle in PLACES.items():
            count = counts.loc[(name, group), place]
            if count:
                ax.text(angle, loss.min() - 0.26, count, ha="center", fontsize=9,
                        color=COLOURS[colour])  # fmt: skip
        ax.text(-4, loss[0] + 0.08, label, color=COLOURS[colour])
    ax.set(title=name, xlabel="direction of the unit", yticks=[], ylim=(-1.6, 1.2))
    ax.set_xticks(list(PLACES.values()), list(PLACES))
axes[0].set_ylabel("loss (each curve scaled)")
plt.show()

# %% [markdown]
# With wide bumps it is the story as it was told. Alone, a task falls into either of its two minima, about half of the starts each. (The minima lie a little inwards of the two directions, since a wide bump between them catches something of both.) Together, all hundred networks end in $A$. A copy of the main task changes nothing, so it is not the second output that does it.
#
# With narrow bumps the story fails. The sum of the losses still has its lowest point at $A$, and yet more than half of the networks end elsewhere, in $B$ or in $C$, where one of the two tasks has learned next to nothing. Alone, $T$ never ended in a place that is useless to it. Descent does not look for the deepest well but runs into the one whose slope it starts on. Three narrow wells have a slope each; with wide bumps the wells to the left and right have become shoulders of the one in the middle, and there is only one slope left. Representation bias is a matter of how the minima overlap and not only of whether two tasks have one in common.
#
# ### The second half of the story
#
# If $T$ strongly prefers $B$, Caruana continues, then $T'$ falls in $C$: tasks also avoid representations that others avoid. With one unit there is no room for both, so we give the network two, and let $T$ weigh $B$ twice as heavily as $A$, or use $B$ only.

# %%
preferences = {"A + 2B": {"A": 1, "B": 2}, "2B": {"B": 2}}
pairs = {}
for name, recipe in preferences.items():
    ends = nearest(land([recipe, RECIPES["T′"]], width=0.5, units=2))
    joined = pd.Series(["".join(sorted(pair)) for pair in ends.T])
    pairs[name] = joined.value_counts()
pairs = pd.DataFrame(pairs).fillna(0).astype(int).T.rename_axis("T", axis=0)
pairs

# %% [markdown]
# Each column is a pair of directions in which the two units end (`BB`: both nearest to $B$). This half does not appear. When $T$ prefers $B$ but has some use for $A$, one unit goes to $B$ and the other *always* to $A$: the one representation that still serves both. When $T$ has no use for $A$ at all, $A$ and $C$ are mirror images about $B$, and they come out about equally often. A task with an output weight of its own need not flee a unit that it cannot use; it sets the weight to zero. So to avoid what others avoid, tasks would have to get in each other's way more than they do here. The paper's functions may have been such. Ours are one construction, without noise, and where there is a single unit it forces the tasks together, while Caruana's networks had room for separate minima (his note 4) and fell into a common one all the same.

# %% tags=["hide-input"]
claim(
    "Wide bumps: each task alone splits its starts, together nearly all reach A.",
    counts.loc[("wide bumps", "T alone"), ["A", "B"]].min() >= 35
    and counts.loc[("wide bumps", "T and T′"), "A"] >= 95,
    f"T alone {counts.loc[('wide bumps', 'T alone'), 'A']} of 100 in A, "
    f"together {counts.loc[('wide bumps', 'T and T′'), 'A']}",
)
claim(
    "A copy of T does not draw it to A.",
    counts.loc[("wide bumps", "T and its copy"), "A"] <= 65,
    f"{counts.loc[('wide bumps', 'T and its copy'), 'A']} of 100",
)
claim(
    "Narrow bumps: fewer reach A together than reach it alone.",
    counts.loc[("narrow bumps", "T and T′"), "A"]
    < counts.loc[("narrow bumps", "T alone"), "A"] - 3,
    f"{counts.loc[('narrow bumps', 'T and T′'), 'A']} of 100, "
    f"alone {counts.loc[('narrow bumps', 'T alone'), 'A']}",
)
claim(
    "T prefers B: T′ takes A and not C.",
    pairs.loc["A + 2B", "AB"] >= 95,
    f"{pairs.loc['A + 2B', 'AB']} of 100",
)

# %% [markdown]
# ## Regularisation, the rival
#
# "It regularises" is often listed as one more mechanism. It is better seen as the rival of the other four. Extra outputs restrain a network that overfits, whatever they mean, and a weight decay restrains it too, for nothing. The question is what is left of a gain when each arm, the single task included, has the weight decay that suits it.
#
# We go back to the ridge in twelve inputs and sixteen hidden units, where tasks on *other* inputs had helped as much as related ones. To the arms we add seven outputs of pure noise, a random target for each example. Every arm is trained with five weight decays; the best is chosen on ten seeds, and reported on the other twenty.
#
# > **Before you run it.** Which of the extra outputs will still help once weight decay is tuned: related tasks, unrelated ones, copies, noise?

# %%
DECAYS = [0.0, 0.01, 0.03, 0.1, 0.3]
RIVALS = {**ARMS, "noise": "shuffled"}
decay_runs = pd.concat(
    {
        (arm, decay): learn_ridge(arm, range(30), weight_decay=decay)["error"]
        for arm in RIVALS
        for decay in DECAYS
    },
    names=["arm", "decay", "seed"],
).unstack("seed")
tuning, fresh = decay_runs[range(20, 30)], decay_runs[range(20)]
chosen = tuning.mean(axis=1).groupby("arm").idxmin()
tuned = pd.DataFrame({arm: fresh.loc[chosen[arm]] for arm in RIVALS})
plain = pd.DataFrame({arm: fresh.loc[(arm, 0.0)] for arm in RIVALS})
pd.DataFrame(
    {
        "no decay": plain.mean().round(3),
        "tuned": tuned.mean().round(3),
        "chosen decay": chosen.map(lambda pair: pair[1]),
    }
).loc[list(RIVALS)]

# %% tags=["hide-input"]
# alt: Error of the main task against weight decay for five arms. Without decay the single task is far worse than with related tasks, unrelated tasks or copies. At its own best decay the single task reaches about the level of all three at theirs. Pure noise is the worst arm throughout the left part and never comes near the others' best.
fig, ax = plt.subplots()
for arm, colour in RIVALS.items():
    rows = fresh.loc[arm]
    half = 2.09 * rows.std(axis=1) / np.sqrt(rows.shape[1])
    ax.errorbar(
        range(5), rows.mean(axis=1), half, fmt="o-", ms=5, color=COLOURS[colour]
    )
    shift = {"alone": 12, "noise": 2, "other inputs": -9, "same inputs": -8}.get(
        arm, 0
    )
    figures.direct_label(
        ax, 4, rows.mean(axis=1).iloc[-1], arm, COLOURS[colour], xytext=(8, shift)
    )
ax.set(
    xticks=range(5),
    xticklabels=[f"{decay:g}" for decay in DECAYS],
    xlim=(-0.2, 5.2),
)
ax.set(xlabel="weight decay", ylabel="error of the main task", ylim=(0, 0.4))
plt.show()

# %% [markdown]
# Without weight decay related tasks, unrelated tasks and copies all help, and by a lot. Give the single task a weight decay of its own and the gain of the related and of the unrelated tasks is gone; of the copies' a small part remains. There was no transfer in these gains. The extra outputs did for the network what its owner had left undone.
#
# Notice where a careless comparison would lead. No weight decay for anyone: related tasks win. The largest one for everyone: they win again, since several losses make the same decay weigh less, as in chapter 1. Only in the middle, where each arm is near its best, does the gain vanish.
#
# Pure noise never helps here. It does not act as a mild restraint but as a burden, even after tuning: seven targets that nothing explains have to be fitted by the same trunk. Caruana (section 7.6) grants that noise through an extra output can sometimes help; in this problem we found no weight decay at which it did better than the single task at its own. And *learnable* unrelated tasks do what noise does not, so the shuffle control, which turns extra tasks into noise, misses this rival: shuffled tasks hurt, unrelated ones help, and neither says anything about the main task. (Caruana ruled out capacity by another way, with single-task networks of many widths.)

# %% tags=["hide-input"]
untuned = {arm: compare(plain[arm], plain["alone"]) for arm in RIVALS}
left = {arm: compare(tuned[arm], tuned["alone"]) for arm in RIVALS}
claim(
    "Without weight decay related tasks, unrelated ones and copies all help.",
    max(untuned[a].high for a in ("same inputs", "other inputs", "copied")) < -0.02,
    "; ".join(str(untuned[a]) for a in ("same inputs", "other inputs", "copied")),
)
claim(
    "Tuned, less than a fifth is left of the gain of related and unrelated tasks.",
    all(
        left[a].low > untuned[a].difference / 5
        for a in ("same inputs", "other inputs")
    ),
    "; ".join(str(left[a]) for a in ("same inputs", "other inputs")),
)
claim(
    "Pure noise hurts, without weight decay and tuned.",
    min(untuned["noise"].low, left["noise"].low) > 0.03,
    f"{untuned['noise']}; {left['noise']}",
)

# %% [markdown]
# ## What else could it have been?
#
# | you read | ask for | because here |
# |---|---|---|
# | "the extra task helps" | a copy of the main task | copies gained in noise-free training, and under a weight decay that was not tuned |
# | "shuffled labels did not help, so it was information" | an unrelated task that can be *learned* | unrelated tasks helped where noise hurt |
# | "the trunk looks at the right inputs now" | the error, and a smaller trunk | weight moved to the right inputs, and a trunk of two units alone was better |
# | "both tasks find a common representation" | several starts, and where each lands | most starts missed the common minimum when the wells did not overlap |
# | "it acts as a regulariser" | a weight decay for each arm | nothing of the gain was left |
# | "they hear each other" | a dial: how often does the main task show the feature? | the gain of a shown feature falls as the dial opens, other gains need not |
