"""Every format: what was written comes back, and what a format cannot hold is told before anything is written."""

from __future__ import annotations

import io
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtool.batch.formats.card import ListedCard, by_subscription, listed
from simtool.batch.formats.convert import read_cards, write_cards
from simtool.batch.formats.header import BatchHeader
from simtool.batch.formats.model import Format, Reading
from simtool.batch.formats.registry import formats, resolve
from simtool.codec.identifiers import Imsi, Plmn
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.secret import Secret
from simtool.errors import InputError
from simtool.perso.aka_settings import AkaSettings, MilenageSettings, SqnSettings
from simtool.perso.record import CardRecord
from tests.batch.cards import cards, record, records, secret

HEADER = BatchHeader("B-1", "Nordlicht", "full", "PO-7", plmn=Plmn("001", "01"))
ALL = sorted(formats())
SAME_COLUMNS = ("vendor-out", "vendor-in")


def text(form: Format, made: list[CardRecord]) -> str:
    out = io.StringIO()
    entries = list(by_subscription(listed(made)) if form.by_subscription else listed(made))
    form.write(iter(entries), out, replace(HEADER, quantity=len(entries)), None)
    return out.getvalue()


def back(form: Format, content: str, folder: Path) -> list[ListedCard]:
    path = folder / f"cards.{form.suffix}"
    path.write_text(content)
    return list(read_cards(form, path, Reading(str(path))))


@pytest.mark.parametrize("name", ALL)
def test_round_trip(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    form = formats()[name]
    folder = tmp_path_factory.mktemp("formats")
    one = form.algorithms if form.keeps.algorithm else ("milenage",)

    @settings(max_examples=30, deadline=None)
    @given(st.lists(cards(one), min_size=1, max_size=4, unique_by=(lambda c: c.iccid, lambda c: c.subscription.imsi)))
    def run(made: list[CardRecord]) -> None:
        if name in SAME_COLUMNS:  # a vendor's file has the same columns for all cards
            made = [replace(card, subscriptions=(replace(card.subscription, msisdn="+4912345"),)) for card in made]
        wanted = [form.keeps.project(ListedCard.of(card)) for card in made]
        assert back(form, text(form, made), folder) == wanted

    run()


@pytest.mark.parametrize("name", [name for name in ALL if not formats()[name].keeps.algorithm])
def test_keys_of_another_algorithm_are_refused(name: str, tmp_path: Path) -> None:
    form = formats()[name]
    made = record(1, algorithm="comp128v1")
    if form.keeps.ki and "comp128v1" not in form.algorithms:
        with pytest.raises(InputError, match="its keys are for comp128v1"):
            write_cards(form, lambda: listed([made]), tmp_path / "out", HEADER)
        assert not list(tmp_path.iterdir())


OWN = [
    AkaSettings(milenage=MilenageSettings(r=(64, 0, 32, 64, 97))),
    AkaSettings(sqn=SqnSettings(ind_bits=8)),
]


@pytest.mark.parametrize("settings", OWN)
@pytest.mark.parametrize("name", ALL)
def test_what_a_core_would_not_know_of_the_keys_is_refused_or_kept(
    name: str, settings: AkaSettings, tmp_path: Path
) -> None:
    """Keys under constants of their own, or another length of IND, would not work where nobody is told."""
    form, path = formats()[name], tmp_path / "out"
    made = replace(record(1), subscriptions=(replace(record(1).subscription, settings=settings),))
    is_known = form.keeps.settings or not form.keeps.ki or (settings.milenage is None and not form.by_subscription)
    if not is_known:
        with pytest.raises(InputError, match="of its own|bits for IND"):
            write_cards(form, lambda: listed([made]), path, HEADER)
        return
    lost = write_cards(form, lambda: listed([made]), path, HEADER).lost
    (found,) = read_cards(form, path)
    if form.keeps.settings:
        assert found.subscriptions[0].settings == settings
    elif settings.sqn and form.keeps.imsi:
        assert "SQN policy" in lost


def test_key_sets_are_those_of_the_finished_card() -> None:
    new = KeySet(1, KeyCipher.AES, *(secret(name) for name in "abc"))
    (card,) = listed([replace(record(1), key_set_targets=(new,))])
    assert card.key_sets == (new,)


@pytest.mark.parametrize("name", ALL)
def test_files_are_private_whole_and_never_overwritten(name: str, tmp_path: Path) -> None:
    form, path = formats()[name], tmp_path / "out"
    written = write_cards(form, lambda: listed(records(5)), path, HEADER)
    assert written.entries == 5
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    with pytest.raises(InputError, match="the file exists"):
        write_cards(form, lambda: listed(records(6)), path, HEADER)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ALL)
def test_an_interrupted_file_leaves_nothing(name: str, tmp_path: Path) -> None:
    def torn() -> object:
        yield from listed(records(3))
        raise InputError("the source broke")

    with pytest.raises(InputError, match="the source broke"):
        write_cards(formats()[name], torn, tmp_path / "out", HEADER)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", [name for name in ALL if formats()[name].by_subscription])
def test_a_card_with_two_subscriptions_gives_a_core_two(name: str, tmp_path: Path) -> None:
    card = record(1)
    second = replace(card.subscription, imsi=Imsi("001019999999999"), msisdn="+9912", k=Secret(bytes(range(16)), "ki"))
    write_cards(
        formats()[name],
        lambda: listed([replace(card, subscriptions=(card.subscription, second))]),
        tmp_path / "out",
        HEADER,
    )
    found = list(read_cards(formats()[name], tmp_path / "out"))
    assert [item.subscriptions[0].imsi.digits for item in found] == ["001010000000001", "001019999999999"]


def test_what_is_lost_is_told(tmp_path: Path) -> None:
    written = write_cards(resolve("srsran"), lambda: listed(records(2)), tmp_path / "out", HEADER)
    assert set(written.lost) == {"ICCID", "MSISDN", "key set 1", "PIN1", "PUK1", "PIN2", "PUK2", "ADM1"}


PUBLIC = [name for name in ALL if name in ("vendor-in", "laser")]


@pytest.mark.parametrize("name", PUBLIC)
def test_public_files_hold_no_secret(name: str) -> None:
    made = record(7)
    content = text(formats()[name], [made]).lower()
    for value in (made.subscription.k, made.subscription.opc, *made.key_sets[0].keys):
        assert value is not None and value.reveal().hex() not in content
    assert not [column for column in formats()[name].columns if column.secret]


FOLLOWING = [
    # format, record's SQN, the text that must stand for it: the core's first vector has SEQ one higher
    ("srsran", 0, ",000000000020,"),
    ("srsran", 1000, ",000000000400,"),  # SEQ 31 IND 8: the next is SEQ 32
    ("free5gc", 64, '"sequenceNumber":"000000000060"'),
    ("open5gs", 64, '"$numberLong":"96"'),
    ("pyhss", 64, '"sqn":96'),
    ("magma", 64, "--lte-auth-next-seq 3\n"),
    ("osmo-hlr-sql", 64, ", 64);"),  # keeps the highest one used
]


@pytest.mark.parametrize(("name", "sqn", "wanted"), FOLLOWING)
def test_the_core_starts_above_the_records_sqn(name: str, sqn: int, wanted: str) -> None:
    """TS 33.102 Annex C.1.1.2, with IND in the lowest five bits."""
    assert wanted in text(formats()[name], [record(1, sqn=sqn)])


def test_a_telephone_number_that_is_none_goes_into_no_command() -> None:
    card = record(1)
    bad = replace(card, subscriptions=(replace(card.subscription, msisdn="1'); DROP TABLE subscriber;--"),))
    for name in ("osmo-hlr-sql", "osmo-hlr-vty", "open5gs", "free5gc", "pyhss"):
        with pytest.raises(InputError, match="MSISDN"):
            text(formats()[name], [bad])


def test_a_card_without_iccid_is_no_record(tmp_path: Path) -> None:
    write_cards(resolve("srsran"), lambda: listed(records(1)), tmp_path / "in", HEADER)
    with pytest.raises(InputError, match="has no ICCID"):
        write_cards(
            resolve("records"), lambda: read_cards(resolve("srsran"), tmp_path / "in"), tmp_path / "out", HEADER
        )


STREAMED = [name for name in ALL if name != "pysim"]  # its columns depend on all cards
MANY = 500


@pytest.mark.parametrize("name", STREAMED)
def test_writers_write_while_cards_come(name: str) -> None:
    """A million cards never are in memory: what came is written before the last one is asked for."""
    out = io.StringIO()
    sizes = []

    def cards_coming() -> Iterator[ListedCard]:
        for number, card in enumerate(listed(records(MANY))):
            if number in (MANY // 2, MANY - 1):
                sizes.append(out.tell())
            yield card

    formats()[name].write(cards_coming(), out, replace(HEADER, quantity=MANY), None)
    assert 0 < sizes[0] < sizes[1] < out.tell()


@pytest.mark.parametrize("name", [name for name in STREAMED if name != "records"])
def test_readers_give_cards_while_lines_come(name: str) -> None:
    form = formats()[name]
    lines = io.StringIO(text(form, list(records(MANY)))).readlines()
    left = iter(lines)
    first = next(iter(form.read(left, Reading("x"))))  # type: ignore[arg-type]
    assert first.subscriptions or first.iccid
    assert len(list(left)) > len(lines) * 9 // 10
