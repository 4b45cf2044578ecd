"""Every case, in the order of DESIGN §11 and then the others."""

from tests.benchmarks.cases import (
    big_state,
    branches,
    chat,
    commits,
    listing,
    long_thread,
    memory,
    nesting,
    round_trip,
    start,
    supersteps,
)

CASES = (
    *commits.CASES,
    *supersteps.CASES,
    *branches.CASES,
    *round_trip.CASES,
    *chat.CASES,
    *start.CASES,
    *listing.CASES,
    *memory.CASES,
    *nesting.CASES,
    *big_state.CASES,
    *long_thread.CASES,
)
