"""Logins in memory: they end by themselves, and what is kept of them gives no way in."""

from __future__ import annotations

import pytest

from simtool.inventory.people import Operator, Role
from simtool.station.web.sessions import MOST, Session, Sessions

ANNA, OLGA = Operator("anna", Role.OPERATOR, True), Operator("olga", Role.SUPERVISOR, True)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(clock: Clock) -> Sessions:
    return Sessions(idle=60, whole=600, clock=clock)


def test_a_number_finds_its_session_and_no_other_does(sessions: Sessions) -> None:
    number, session = sessions.begin(ANNA)
    assert sessions.find(number) is session
    for other in ("", number[:-1], number + "x", session.key, session.csrf):
        assert sessions.find(other) is None


def test_what_is_kept_holds_neither_the_number_nor_shows_the_token(sessions: Sessions) -> None:
    number, session = sessions.begin(ANNA)
    assert number not in repr(vars(sessions)) + session.key
    assert session.csrf not in repr(session)
    assert len(number) >= 43  # 256 bits in base 64


def test_nothing_done_for_a_while_ends_it(sessions: Sessions, clock: Clock) -> None:
    number, session = sessions.begin(ANNA)
    clock.now += 59
    assert sessions.find(number) is session
    clock.now += 59
    assert sessions.find(number, touch=False) is session  # the find before had counted as doing something
    clock.now += 2
    assert sessions.find(number) is None
    assert session in sessions.all()  # still there, so that the bench can be told


def test_a_shift_ends_it_however_busy(sessions: Sessions, clock: Clock) -> None:
    number, _ = sessions.begin(ANNA)
    for _ in range(19):
        clock.now += 30
        assert sessions.find(number) is not None
    clock.now += 31
    assert sessions.find(number) is None


def test_an_ended_session_stays_ended(sessions: Sessions) -> None:
    number, session = sessions.begin(ANNA)
    sessions.end(session)
    sessions.end(session)
    assert sessions.find(number) is None and not sessions.lives(session)


def test_two_logins_of_one_person_are_two(sessions: Sessions) -> None:
    one, other = sessions.begin(ANNA), sessions.begin(ANNA)
    assert one[0] != other[0] and one[1].csrf != other[1].csrf
    sessions.end(one[1])
    assert sessions.find(other[0]) is other[1]


def test_there_is_an_end_to_how_many(sessions: Sessions, clock: Clock) -> None:
    made: list[tuple[str, Session]] = []
    for _ in range(MOST):
        clock.now += 0.1
        made.append(sessions.begin(ANNA))
    sessions.find(made[0][0])
    sessions.begin(OLGA)
    assert len(sessions.all()) == MOST
    assert sessions.find(made[0][0]) is not None  # used just now
    assert sessions.find(made[1][0]) is None  # quiet for longest


def test_roles(sessions: Sessions) -> None:
    assert not sessions.begin(ANNA)[1].is_supervisor
    assert sessions.begin(OLGA)[1].is_supervisor
