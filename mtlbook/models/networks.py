"""S networks of one form as one: the code of one network, run on all of them at once.

A network, and what is lost on a batch, are written for one network and its own batch.
:class:`Networks` holds the parameters of S of them, stacked under their own names, and maps such
code over them with ``torch.vmap``: no network can reach into another.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import stack_module_state
from torch.nn import functional

NARROW, MANY = 24, 8
"""LSTMs of at most so many units, and at least so many of them, are run all at once: calling
PyTorch's kernel for each would take longer than what it computes."""


class _LSTMs(torch.autograd.Function):
    """A rule for ``torch.vmap``, which has none for LSTMs."""

    generate_vmap_rule = False

    @staticmethod
    def forward(x: Tensor, *weights: Tensor) -> Tensor:
        """Return the states of one network, (B, N, hidden)."""
        return _kernel(x, *weights)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """Keep nothing: the rule below is made of operations that PyTorch differentiates."""

    @staticmethod
    def vmap(info: Any, in_dims: Any, *given: Tensor) -> tuple[Tensor, int]:
        """Return the states of all networks, (S, B, N, hidden)."""
        each = [
            p.expand(info.batch_size, *p.shape) if d is None else p.movedim(d, 0)
            for p, d in zip(given, in_dims, strict=True)
        ]
        fast = each[0].dtype == torch.float32 and torch.backends.mkldnn.is_available()
        narrow = each[2].shape[-1] <= NARROW and info.batch_size >= MANY
        if fast and not narrow:
            one_by_one = zip(*(p.unbind() for p in each), strict=True)
            return torch.stack([_kernel(x, *weights) for x, *weights in one_by_one]), 0
        return _recurrence(*each), 0


def _kernel(x: Tensor, *weights: Tensor) -> Tensor:
    """Run PyTorch's own LSTM on (B, N, inputs), from zero states."""
    zero = x.new_zeros(1, x.shape[0], weights[1].shape[1])
    states: Tensor = torch.lstm(x, (zero, zero), weights, True, 1, 0.0, True, False, True)[0]
    return states


def _recurrence(
    x: Tensor, into: Tensor, over: Tensor, bias_into: Tensor, bias_over: Tensor
) -> Tensor:
    """Run S LSTMs at once on (S, B, N, inputs), in the order of PyTorch's gates.

    It is for double precision, where PyTorch has no fast kernel, and for many narrow ones.
    """
    gates = torch.einsum("sbni,sgi->nsbg", x, into) + (bias_into + bias_over)[:, None]
    state = cell = x.new_zeros(*x.shape[:2], over.shape[2])
    states = []
    for from_input in gates.unbind():
        enter, keep, new, leave = torch.baddbmm(from_input, state, over.mT).chunk(4, dim=-1)
        cell = keep.sigmoid() * cell + enter.sigmoid() * new.tanh()
        state = leave.sigmoid() * cell.tanh()
        states.append(state)
    return torch.stack(states, dim=2)


class LSTM(nn.LSTM):
    """``nn.LSTM`` of one layer in one direction, from zero states, for :class:`Networks`."""

    def forward(self, x: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        """Map (B, N, inputs) to (B, N, hidden)."""
        states: Tensor = _LSTMs.apply(x, *self._parameters.values())  # type: ignore[no-untyped-call]
        return states, None


class GRUCell(nn.GRUCell):
    """``nn.GRUCell`` in operations that ``torch.vmap`` has rules for, for :class:`Networks`."""

    def forward(self, x: Tensor, state: Tensor) -> Tensor:  # type: ignore[override]
        """Return the next states, (B, hidden)."""
        new = functional.linear(x, self.weight_ih, self.bias_ih).chunk(3, dim=-1)
        old = functional.linear(state, self.weight_hh, self.bias_hh).chunk(3, dim=-1)
        reset, keep = torch.sigmoid(new[0] + old[0]), torch.sigmoid(new[1] + old[1])
        proposed = torch.tanh(new[2] + reset * old[2])
        return proposed + keep * (state - proposed)


RULES: dict[type[nn.Module], type[nn.Module]] = {nn.LSTM: LSTM, nn.GRUCell: GRUCell}
PLAIN = {rule: plain for plain, rule in RULES.items()}

NO_RULE: dict[type[nn.Module], str] = {
    nn.modules.dropout._DropoutNd: "it draws from the global random state, one draw for all "
    "networks: draw the masks in your batches, one for each network, and multiply by them",
    nn.modules.batchnorm._NormBase: "it keeps running means beside its parameters: use "
    "nn.LayerNorm, or nothing",
    nn.RNNBase: "torch.vmap has no rule for it: use nn.LSTM with one layer, one direction and "
    "batch_first=True (mtlbook.models.tagger.BiLSTM puts two together), or nn.GRUCell",
    nn.RNNCellBase: "torch.vmap has no rule for it: use nn.GRUCell or write the step out",
    nn.MultiheadAttention: "torch.vmap has no fast rule for it: write the attention out, as "
    "softmax(queries @ keys.mT) @ values",
}
"""Layers that cannot be mapped over networks, why, and what to write instead."""

ADVICE = {
    ".item()": "a network's code may not ask for the value of a tensor: put numbers that it needs "
    "(the longest length, a count) into the batch's shape, or into the network",
    "have storage": "code of a network may not turn a tensor into numbers: keep to tensors",
    "data-dependent control flow": "an `if` on a value is the same for all networks: write "
    "torch.where(condition, this, that)",
    "dynamic shape": "a mask as an index has another length for each network: multiply by the "
    "mask, or write torch.where(mask, values, filler)",
    "randomness": "what is random is drawn outside, one draw for each network: bring it with the "
    "batch",
}
"""What to write in place of code that ``torch.vmap`` refuses, by a word of its message."""


class Networks(nn.Module):
    """S networks of one form, each with parameters of its own.

    Args:
        networks: all of the same form. They are left as they are.
        seeds: what the networks were made from, for messages; by default 0 to S - 1.

    Attributes:
        one: what they have in common, with every parameter (S, ...), under its own name.

    Raises:
        ValueError: if there is no network, or if their forms differ.
        TypeError: if a layer cannot be mapped over networks; the message says what to write.
    """

    one: nn.Module

    def __init__(self, networks: Sequence[nn.Module], seeds: Sequence[int] | None = None) -> None:
        super().__init__()
        forms = {tuple((n, p.shape) for n, p in one.named_parameters()) for one in networks}
        if len(forms) != 1:
            raise ValueError(f"need one or more networks of the same form, got {len(forms)}")
        self.seeds = list(range(len(networks)) if seeds is None else seeds)
        self.one = copy.deepcopy(networks[0])
        for module in self.one.modules():
            _refuse(module)
            module.__class__ = RULES.get(type(module), type(module))
        stacked, _ = stack_module_state(list(networks))
        for name, p in stacked.items():
            place, _, last = name.rpartition(".")
            module, values = self.one.get_submodule(place), p.detach()
            if isinstance(module, nn.Linear) and values.ndim == 3:
                values = values.mT.contiguous().mT  # in memory as its product takes it
            setattr(module, last, nn.Parameter(values, getattr(module, last).requires_grad))

    def __len__(self) -> int:
        """Return S, the number of networks."""
        return len(self.seeds)

    def __getitem__(self, number: int) -> nn.Module:
        """Return a copy of one of the networks, an ordinary one."""
        found = copy.deepcopy(self.one)
        for module in found.modules():
            module.__class__ = PLAIN.get(type(module), type(module))
            for name, p in module._parameters.items():
                if p is not None:
                    own = p.detach()[number].clone(memory_format=torch.contiguous_format)
                    module._parameters[name] = nn.Parameter(own, p.requires_grad)
        return found

    def each(self, function: Callable[..., Any], *batched: Any) -> Any:
        """Return ``function(network, ...)`` for each network, on its own part of what is batched.

        Args:
            function: takes one network, and what belongs to it; returns tensors, or tuples or
                dictionaries of tensors.
            batched: tensors, or tuples or dictionaries of them, each with the S networks in front.

        Raises:
            RuntimeError: if the code cannot be mapped; the message says what to write instead.
        """
        tables = [module._parameters for module in self.one.modules()]
        places = [(t, name) for t in tables for name, p in t.items() if p is not None]
        stacked: list[Any] = [table[name] for table, name in places]

        def run(own: Sequence[Tensor], *given: Any) -> Any:
            _put(places, own)
            return function(self.one, *given)

        try:
            return torch.vmap(run)(stacked, *batched)
        except RuntimeError as error:
            for word, advice in ADVICE.items():
                if word in str(error):
                    raise RuntimeError(f"{advice}. PyTorch says: {error}") from error
            raise
        finally:
            _put(places, stacked)

    def forward(self, *batched: Any) -> Any:
        """Return what each network gives for its own part."""
        return self.each(_call, *batched)


def _put(places: Sequence[tuple[dict[str, Any], str]], values: Sequence[Any]) -> None:
    """Put values where parameters stand."""
    # It is what ``functional_call`` does, in a tenth of the time; small networks feel that.
    for (table, name), value in zip(places, values, strict=True):
        table[name] = value


def _call(network: nn.Module, *given: Any) -> Any:
    return network(*given)


def _refuse(module: nn.Module) -> None:
    """Refuse a layer that cannot be mapped, before anything is computed.

    Raises:
        TypeError: with what to write instead.
    """
    if isinstance(module, nn.LSTM):
        form = (module.num_layers, module.bidirectional, module.proj_size)
        if form == (1, False, 0) and module.batch_first and module.bias:
            return
    elif type(module) in RULES:
        return
    for kind, instead in NO_RULE.items():
        if isinstance(module, kind):
            raise TypeError(f"{module} cannot be one of S networks: {instead}")
    if module._buffers:
        names = ", ".join(module._buffers)
        raise TypeError(f"{module} keeps {names} beside its parameters: make it a parameter")


def from_seeds(
    build: Callable[[], nn.Module], seeds: Iterable[int], dtype: torch.dtype | None = None
) -> Networks:
    """Build one network per seed; the global random state stays as it was.

    Args:
        build: returns a freshly initialised network.
        seeds: what ``torch.manual_seed`` is given before each of them.
        dtype: the precision in which parameters are drawn where ``build`` does not say; by
            default PyTorch's. To draw in single precision and then widen would keep last digits
            that differ between processors.
    """
    networks, given, usual = [], list(seeds), torch.get_default_dtype()
    with torch.random.fork_rng(devices=[]):
        try:
            torch.set_default_dtype(dtype or usual)
            for seed in given:
                torch.manual_seed(seed)
                networks.append(build())
        finally:
            torch.set_default_dtype(usual)
    return Networks(networks, given)
