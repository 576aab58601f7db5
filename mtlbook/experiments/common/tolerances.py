"""How far some scores move from processor to processor."""

from mtlbook.runs.base import Tolerance

ONE_PATTERN = Tolerance(mean=0, each=0, least=1 / 160)
"""Of accuracies on the Boolean problem's test patterns, and of others on at least as many."""
GUM = Tolerance(mean=0.02, least=3.0)
"""Of per cent of taggers on GUM, in single precision: without AVX, seeds ended three points away as
a rule, and six at most; their means one."""
TOY = Tolerance(least=2.0)
"""Of per cent of taggers on the toy language, in single precision: of ten seeds one is best at
another look, and ends three points away."""
SQUAD = Tolerance(
    mean=0.02,
    each=0.05,
    least={
        "EM": 0.2,
        "F1": 0.5,
        "EM, numbers": 0.5,
        "EM, others": 0.3,
        "EM, learned from": 1.0,
        "kept update": 300.0,
    },
)
"""Of readers of SQuAD, in single precision, on some 3,000 questions, of which six are .2 per cent:
without AVX four were answered otherwise, and F1 moved by .3. It is best at one of the looks."""
