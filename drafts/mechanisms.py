# %% [markdown]
# ## Five mechanisms, one at a time
#
# Suppose an extra task has helped. What did it do? [Caruana (1997, section 3.2)](https://doi.org/10.1023/A:1007379606734) names four things it may have done, and later reviews add a fifth ([Ruder, 2017](https://arxiv.org/abs/1706.05098)). In a real problem they act together, and beside them act things that have nothing to do with the extra task's meaning. So each gets a problem of its own below, built so that it alone can act, and next to it a control that leaves everything in place but the mechanism.
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
table["rank one, same noise"] = linear.loc["same"].groupby("tasks").mean()["rank one"]
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
        sigma: pd.DataFrame({a: amplify(a, sigma, seeds) for a in arms}, index=seeds)
        for sigma in LEVELS
    },
    names=["noise", "seed"],
)
amplified.groupby("noise").mean().round(3)

# %% tags=["hide-input"]
# alt: Two panels. On the left, error against number of tasks on logarithmic scales: averaging falls along a straight line, rank one bends away from it and levels off, and copies stay flat. On the right, error of networks against noise: all arms agree without noise; with noise, eight tasks and averaged targets fall far below a single task, and copies stay close to it.
fig, axes = plt.subplots(1, 2, figsize=(5.8, 3.4))
lines = {
    ("own", "averaged"): ("averaged", "pooled", 0),
    ("own", "rank one"): ("rank one", "hard sharing", 1),
    ("same", "rank one"): ("copies", "copied", None),
}
for (noise, method), (label, colour, law) in lines.items():
    errors = linear.loc[noise][method].groupby("tasks")
    mean, half = errors.mean(), 1.97 * errors.std() / np.sqrt(len(draws))
    axes[0].errorbar(TASKS, mean, half, fmt="o", ms=5, color=COLOURS[colour])
    if law is None:
        axes[0].axhline(one, color=COLOURS[colour], lw=1)
    else:
        axes[0].plot(TASKS, [formula[t][law] for t in TASKS], color=COLOURS[colour])
    figures.direct_label(axes[0], 32, mean.iloc[-1], label, COLOURS[colour])
axes[0].set(xscale="log", yscale="log", xlabel="tasks T", ylabel="error", xlim=(0.8, 200))
axes[0].set(title="linear, with formulas", xticks=TASKS, xticklabels=TASKS)
axes[0].set(yticks=[0.02, 0.05, 0.1, 0.2, 0.5], yticklabels=[0.02, 0.05, 0.1, 0.2, 0.5])
axes[0].minorticks_off()
shown = {
    "alone": "single task",
    "copied": "copied",
    "eight tasks": "hard sharing",
    "averaged": "pooled",
}
for shift, (arm, colour) in enumerate(shown.items()):
    errors = amplified[arm].groupby("noise")
    mean, half = errors.mean(), 2.09 * errors.std() / np.sqrt(len(seeds))
    place = np.array(LEVELS) + 0.03 * (shift - 1.5)
    axes[1].errorbar(place, mean, half, fmt="o-", ms=5, color=COLOURS[colour])
    up = {"alone": 7, "copied": -7}.get(arm, 0)
    figures.direct_label(axes[1], 1.05, mean.iloc[-1], arm, COLOURS[colour], xytext=(5, up))
axes[1].set(xlim=(-0.1, 1.75), xticks=LEVELS, xlabel="noise σ", ylabel="squared error")
axes[1].set(title="networks")
plt.show()

# %% [markdown]
# With noise the eight tasks lower the error by a third to a half, and copies of one task hardly do. Look at the left end, too. Without noise the eight tasks *are* copies of one another and bring no information, and yet both arms end far below the single task. More outputs make larger gradients in the trunk, and within the same number of steps they get further; here, where there is no noise to overfit, that is all that counts. A report with the noise-free point alone would have credited it to the tasks.
# Averaging the targets is better still at the highest noise. It may be: it is told that the tasks are the same, and has no private heads to pay for. Sharing recovers a good part of what the tasks have in common, and never all of it.

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
# A doctor has two hundred measurements of each patient and thirty patients. Four of the measurements bear on the outcome. Which? A second outcome that depends on the same four, in whatever way, is further evidence about them.
#
# To isolate this there is no noise at all now: every target is an exact linear function of the four relevant inputs, different for each task. A plain selector does the choosing. It ranks all inputs by their squared covariance with the targets, summed over tasks, keeps the best four, and fits the main task on those. Even without noise the ranking can go wrong. In 30 examples an irrelevant input is never quite uncorrelated with the relevant ones, and where there are hundreds of irrelevant inputs some look relevant.

# %%
n, relevant = 30, 4
ARMS = {
    "alone": "single task",
    "copied": "copied",
    "same inputs": "hard sharing",
    "other inputs": "shuffled",
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
)
selection.groupby(["measure", "irrelevant"]).mean().round(2)

# %% [markdown]
# Tasks on the same inputs find more of them, and copies find what the single task finds, to the last digit. Tasks on other inputs do the opposite of help: the selector serves the majority. With 256 irrelevant inputs everyone is in trouble, and the extra tasks still halve the error.
#
# ### Does a network do it?
#
# Now a problem for a network with 16 hidden units: the main task is one ridge, $\tanh(2\,\mathbf{a}^\top\mathbf{x})$, on four of twelve inputs, without noise, learned from 80 examples. The seven extra tasks are ridges in other directions, in the *same* four inputs or in four *other* ones. We record the error of the main task, relative to the variance of its target, and how much of the trunk's squared weight lies on the four relevant inputs. One more arm is a reminder: the main task alone, in a trunk of two units.

# %%
def ridges(seed, n, arm):
    """Inputs and targets: the main task first, then those of the arm."""
    directions = np.random.default_rng(seed).standard_normal((4, 8))
    directions /= np.linalg.norm(directions, axis=0)
    rng = np.random.default_rng([seed, n])
    x = rng.standard_normal((n, 12))
    same, other = np.tanh(2 * x[:, :4] @ directions), np.tanh(2 * x[:, 4:8] @ directions)
    main, noise = same[:, :1], rng.standard_normal((n, 7))
    extra = {
        "alone": same[:, :0],
        "copied": same[:, [0] * 7],
        "same inputs": same[:, 1:],
        "other inputs": other[:, 1:],
        "noise": noise,
    }
    return x, np.hstack([main, extra[arm]])


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
    figures.direct_label(axes[0], 3.1, mean.iloc[-1], arm, COLOURS[colour], xytext=(5, up))
axes[0].set(xticks=range(4), xticklabels=COUNTS, xlim=(-0.3, 5.4), ylim=(0, 1.3))
axes[0].set(xlabel="irrelevant inputs", ylabel="error", title="linear selector")
for arm, rows in ridge_arms.groupby("arm"):
    mean, half = rows.mean(), 2.09 * rows.std() / np.sqrt(len(seeds))
    colour = COLOURS[ARMS.get(arm, "single task")]
    axes[1].errorbar(mean["share"], mean["error"], half["error"], half["share"],
                     fmt="o", ms=6, color=colour)  # fmt: skip
    axes[1].annotate(arm, mean[["share", "error"]], (0, 10), color=colour,
                     textcoords="offset points", ha="center", fontsize=9)  # fmt: skip
axes[1].set(xlim=(0, 1.15), xlabel="weight on relevant inputs", title="networks")
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
claim("although its trunk then looks at the relevant inputs less.", looked.high < -0.05, looked)
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
        "same inputs": [feature(x[:, 0] - x[:, 1])],
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
    "same inputs": "redundant",
    "other inputs": "shuffled",
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
# alt: Change in error against a single task, for four extra outputs, as the share of open cases grows. When few cases are open only the extra task that shows the feature lowers the error, and by a lot. When half of the cases are open a task on other inputs lowers it as much, and when all are open no difference is clear.
fig, ax = plt.subplots()
ax.axhline(0, color="#8a8a8a", lw=1)
for shift, (arm, colour) in enumerate(list(EARS.items())[1:]):
    place = np.arange(4) + 0.13 * (shift - 1.5)
    gains = [compare(heard.loc[p, arm], heard.loc[p, "alone"]) for p in OPEN]
    ax.errorbar(
        place,
        [g.difference for g in gains],
        [[g.difference - g.low for g in gains], [g.high - g.difference for g in gains]],
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
# When the gate is rarely open, the task that shows the feature lowers the error by a third to a half, and no control does anything of the kind. Reading the right inputs is not enough: it has to be the right *feature* of them.
#
# At $p = \tfrac12$ the picture changes. The shown feature still helps, but so does a task on inputs that have nothing to do with the main one. Anyone who had run only this setting, with only this extra task, would have reported eavesdropping; the unrelated task shows that keeping the trunk busy may do as well. The dial is the better evidence: eavesdropping predicts a gain that grows as the main task falls silent, and the shown feature does that, while the unrelated task does the reverse.

# %% tags=["hide-input"]
def ear(arm, p, rival="alone"):
    return compare(heard.loc[p, arm], heard.loc[p, rival])


claim(
    "With a tenth or a quarter of the cases open, a shown feature helps.",
    max(ear("feature shown", p).high for p in (0.1, 0.25)) < -0.05,
    "; ".join(f"{ear('feature shown', p):.2f}" for p in (0.1, 0.25)),
)
controls = ["copied", "same inputs", "other inputs"]
versus = {(a, p): ear("feature shown", p, a) for a in controls for p in (0.1, 0.25)}
claim(
    "There it beats each of the three controls.",
    max(v.high for v in versus.values()) < -0.03,
    f"closest: {max(versus.values(), key=lambda v: v.high):.2f}",
)
half_open = ear("feature shown", 0.5, "other inputs")
claim(
    "With half of them open it is not told apart from a task on other inputs.",
    half_open.low < -0.01 and half_open.high > 0.01,
    format(half_open, ".2f"),
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


# Points of a normal distribution in the plane, spread evenly over all angles.
around, radius = np.meshgrid(
    np.arange(90) * 2 * np.pi / 90, np.sqrt(-2 * np.log(1 - (np.arange(8) + 0.5) / 8))
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
WIDTHS = {"wide bumps": 0.5, "narrow bumps": 0.25}
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
    {key: pd.Series(nearest(angles)).value_counts() for key, angles in landed.items()}
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
        ax.plot(ends, np.full(100, loss.min() - 0.08), "|", color=COLOURS[colour], ms=9)
        for place, angle in PLACES.items():
            count = counts.loc[(name, group), place]
            if count:
                ax.text(angle, loss.min() - 0.26, count, ha="center", fontsize=9,
                        color=COLOURS[colour])  # fmt: skip
        ax.text(2, loss[0] + 0.05, label, color=COLOURS[colour])
    ax.set(title=name, xlabel="direction of the unit", yticks=[])
    ax.set_xticks(list(PLACES.values()), list(PLACES))
axes[0].set_ylabel("loss (each curve scaled)")
plt.show()
