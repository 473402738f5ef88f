"""Content that shows in two places, and files that one channel holds for itself (TS 102 221 §8.7, §8.8)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simtool.codec.access import AccessMode
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileType
from tests.conformance.bench import Bench
from tests.conformance.keys import ready
from tests.conformance.scratch import EF, ef_template, make
from tests.conformance.survey import MF, USIM, binary_ef, guard, met_with
from tests.conformance.test_authenticate import SET, challenge
from tests.conformance.test_channels import on, open_channel

pytestmark = pytest.mark.needs("uicc")


def linked(model: CardModel) -> Iterator[FilePath]:
    """Files that share their content with another, where both can be read and this one written."""
    adm = model.adm.pin if model.adm else ""
    for spec in model.files.values():
        if spec.link is None or spec.type not in (FileType.TRANSPARENT, FileType.LINEAR_FIXED) or spec.secret:
            continue
        target = model.file(spec.link)
        modes = ((spec, AccessMode.READ), (spec, AccessMode.UPDATE), (target, AccessMode.READ))
        alive = spec.life_cycle & 0xFD == 0x05 and target.life_cycle & 0xFD == 0x05 and (spec.size or 0) <= 255
        if alive and all(met_with(model, guard(model, one, mode), "PIN1", "PIN2", adm) for one, mode in modes):
            yield spec.path


@pytest.mark.needs("PIN1", "PIN2", "adm")
@pytest.mark.per_row(of=linked)
def test_link(bench: Bench, row: FilePath) -> None:
    """The product's description: both files are the same content, whichever is written."""
    spec = bench.spec(row)
    assert spec.link is not None
    bench.open_application(USIM)
    bench.unlock()
    before = bench.keep(row)
    assert bench.read(spec.link) == before
    changed = bytes((before[0] ^ 0xFF,)) + before[1:]
    bench.write(row, changed)
    assert bench.read(spec.link) == changed


@pytest.mark.needs("channels", "binary", "PIN1")
def test_update_shows_on_the_other_channel(bench: Bench) -> None:
    """§8.7, §8.8: a shareable file that is current on two channels has one content."""
    spec = binary_ef(bench.model)
    assert spec is not None and spec.descriptor[0] & 0x40
    bench.prepare(spec, bytes(spec.size or 0))
    channel = open_channel(bench)
    application = spec.path.application
    if application is not None:
        bench.expect(on(channel, f"00{bench.select_command(application)}"))
    bench.expect(on(channel, f"00a4000c02{spec.fid:04x}"))
    bench.expect("00d6000002abcd")
    assert bench.expect(on(channel, "00b0000003")) == b"\xab\xcd\x00"
    bench.expect(on(channel, "00d600010112"))
    assert bench.expect("00b0000003") == b"\xab\x12\x00"


@pytest.mark.needs("channels", "create")
def test_file_that_is_not_shareable(bench: Bench) -> None:
    """§8.8: it cannot be selected on a second channel while it is current on another; afterwards it can."""
    make(bench, ef_template(descriptor="0121"))
    bench.select(MF)
    channel = open_channel(bench)
    bench.expect(f"00a4000c02{EF:04x}")
    bench.expect(on(channel, f"00a4000c02{EF:04x}"), "6985 6a81 6982 6900 6a82")
    bench.expect("00b0000001")
    bench.select(MF)
    bench.expect(on(channel, f"00a4000c02{EF:04x}"))
    bench.expect(on(channel, "00b0000001"))
    bench.expect(f"007080{channel:02x}")
    bench.expect(f"00a4000c02{EF:04x}", why="a closed channel holds nothing")


@pytest.mark.needs("channels", "create")
def test_deleted_under_another_channel(bench: Bench) -> None:
    """TS 102 222 §6.4: whoever had the file selected finds none there; or a file in use is not deleted."""
    make(bench, ef_template())
    bench.select(MF)
    channel = open_channel(bench)
    bench.expect(on(channel, f"00a4000c02{EF:04x}"))
    answer = bench.apdu(f"00e4000002{EF:04x}")
    assert answer.sw in (0x9000, 0x6985), answer.sw
    if answer.sw == 0x9000:
        bench.expect(on(channel, "00b0000001"), "6986 6a82 6985")
        bench.expect(on(channel, "80f2000000"))


@pytest.mark.needs("channels", "usim_keys", "adm", "PIN1")
def test_authentication_on_two_channels(bench: Bench) -> None:
    """§8.7, TS 33.102 §6.3.3: the sequence numbers are the USIM's, not a channel's."""
    ready(bench, USIM, SET)
    channel = open_channel(bench)
    bench.expect(on(channel, f"00{bench.select_command(USIM)}"))
    assert bench.expect(on(channel, challenge(SET["rand"], SET["autn"])))[0] == 0xDB
    assert bench.expect(challenge(SET["rand"], SET["autn"]))[0] == 0xDC


@pytest.mark.needs("channels", "binary", "PIN1")
def test_further_class_bytes(bench: Bench) -> None:
    """§10.1.1 tables 10.3, 10.4: the channel is in the class of every command, proprietary ones too."""
    channel = open_channel(bench)
    bench.expect(on(channel, "80f2000000"))
    bench.expect(on(channel, "00a4000c022fe2"))
    assert len(bench.expect_tpdu(on(channel, "00b000000a"))) == 10
    length = bench.tpdu(on(channel, "00a40004023f00")).sw.sw2
    assert len(bench.expect_tpdu(on(channel, f"00c00000{length:02x}"))) == length
    bench.expect(on(channel, "0084000008"))
