from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.kit.ids import Entropy, uuid7

times = st.integers(0, 2**48 - 1)
chances = st.binary(min_size=10, max_size=10)


def test_the_example_of_the_rfc():
    # RFC 9562, appendix A.6: rand_a is 0xCC3, rand_b is 0x18C4DC0C0C07398F.
    chance = (0xCC3 << 64 | 0x18C4DC0C0C07398F).to_bytes(10, "big")
    assert uuid7(0x017F22E279B0, chance) == UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")


@given(times, chances)
def test_every_id_is_of_version_7_and_tells_its_time(milliseconds, chance):
    made = uuid7(milliseconds, chance)
    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.int >> 80 == milliseconds


@given(times, times, chances, chances)
def test_ids_sort_by_time(earlier, later, one, other):
    if earlier < later:
        assert str(uuid7(earlier, one)) < str(uuid7(later, other))


@pytest.mark.parametrize(("milliseconds", "size"), [(-1, 10), (2**48, 10), (0, 9), (0, 11)])
def test_what_does_not_fit_is_refused(milliseconds, size):
    with pytest.raises(ValueError, match="48 bits"):
        uuid7(milliseconds, bytes(size))


def test_no_byte_of_chance_is_given_twice():
    entropy = Entropy()
    given = [entropy(16) for _ in range(2000)]
    assert len(set(given)) == 2000
    assert {len(piece) for piece in given} == {16}
