"""The operator's own choices about its algorithm, from profile to card and proof; what a product has no fields for."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

import simtool
from simtool.crypto.secret import Secret
from simtool.errors import InputError, PlanError
from simtool.files.path import FilePath
from simtool.files.product import load
from simtool.perso.aka_settings import AkaSettings
from simtool.perso.job import prepare
from simtool.perso.proof import aka_algorithm
from simtool.perso.record import CardRecord, load_records, save_records
from simtool.perso.technician.challenge import Verdict, authenticate
from simtool.perso.technician.diff import Side, compare, wish_side
from simtool.perso.technician.own import read_own
from simtool.softcard.card import SoftCard
from tests.perso.test_products import credentials_of, record_for, session_with

C = [
    "00112233445566778899aabbccddeeff",
    "102132435465768798a9bacbdcedfe0f",
    "2031425364758697a8b9cadbecfd0e1f",
    "30415263748596a7b8c9daebfc0d1e2f",
    "405162738495a6b7c8d9eafb0c1d2e3f",
]
OWN_R_C = f"milenage: {{r: [8, 16, 24, 120, 40], c: [{', '.join(C)}]}}"
TUAK_LONG = "tuak: {res_bits: 256, mac_bits: 128, ck_ik_bits: 256, keccak_iterations: 3}"
TUAK_RES = "tuak: {res_bits: 128, keccak_iterations: 2}"


def profile_with(algorithm: str, *more: str) -> simtool.Profile:
    lines = "".join(f"  {line}\n" for line in (f"algorithm: {algorithm}", *more))
    return simtool.Profile.parse(
        "operator: {kind: full, name: Nordlicht, plmn: 901-070}\n"
        "identity: {iccid: {first: '894944000000115531'}, imsi: {first: '901070000004711'}}\n"
        f"authentication:\n{lines}"
    )


SETTINGS = [
    # product, algorithm, what is chosen, contexts proved
    ("sysmoISIM-SJA5", "milenage", [OWN_R_C], {"AKA", "GSM"}),
    ("sysmoISIM-SJA2", "milenage", [OWN_R_C], {"AKA", "GSM"}),
    ("sysmoUSIM-SJS1", "milenage", [OWN_R_C], {"AKA", "GSM"}),
    ("generic-usim", "milenage", [OWN_R_C], {"AKA", "GSM"}),
    ("sysmoISIM-SJA5", "tuak", [TUAK_LONG], {"AKA"}),
    ("generic-usim", "tuak", [TUAK_LONG], {"AKA"}),
    ("generic-usim", "tuak", [TUAK_RES], {"AKA", "GSM"}),
    ("sysmoISIM-SJA5", "milenage", ["sqn: {ind_bits: 4, delta: 1000, age_limit: 50, check_age: true}"], {"AKA", "GSM"}),
    ("sysmoISIM-SJA2", "milenage", ["sqn: {check_sqn: false, check_delta: false}"], {"AKA", "GSM"}),
    ("sysmoUSIM-SJS1", "milenage", ["sqn: {ind_bits: 3, start: 80}"], {"AKA", "GSM"}),
    ("generic-usim", "milenage", ["sqn: {start: 4096}", OWN_R_C], {"AKA", "GSM"}),
    ("gialersim", "milenage", ["sqn: {start: 32000}"], {"AKA"}),
]


@pytest.mark.parametrize(("product", "algorithm", "chosen", "contexts"), SETTINGS)
def test_chosen_written_and_proved(
    product: str, algorithm: str, chosen: list[str], contexts: set[str], tmp_path: Path
) -> None:
    """And again nothing to do, though the card has counted on; the record keeps the choice in its file."""
    card, profile = SoftCard.new(load(product)), profile_with(algorithm, *chosen)
    record = record_for(product, card, profile)
    with session_with(card, product) as session:
        job = prepare(session, profile, (record,), product=product)
        assert simtool.apply(job.plan, session).end is simtool.EndState.GOOD
        verification = simtool.verify(session, job.desired, job.record)
    assert verification, str(verification)
    assert {proof.context for proof in verification.proofs} >= contexts
    assert all("fresh" in proof.detail for proof in verification.proofs if proof.context == "AKA")
    save_records((verification.record,), tmp_path / "records.yaml")
    (kept,) = load_records(tmp_path / "records.yaml")
    assert kept.subscription == verification.record.subscription
    with session_with(card, product) as session:
        again = prepare(session, profile, (kept,), product=product)
        assert not again.plan, str(again.plan)


@pytest.mark.parametrize(("product", "algorithm", "chosen"), [row[:3] for row in SETTINGS if "sqn" not in row[2][0]])
def test_the_proof_notices_the_usual_constants_and_sizes(product: str, algorithm: str, chosen: list[str]) -> None:
    """A card with the choice does not pass for one without it: the proof is about them, too."""
    card, profile = SoftCard.new(load(product)), profile_with(algorithm, *chosen)
    record = record_for(product, card, profile)
    with session_with(card, product) as session:
        job = prepare(session, profile, (record,), product=product)
        simtool.apply(job.plan, session)
        usual = replace(job.record.subscription, settings=type(job.record.subscription.settings)())
        proofs, _ = simtool.prove(session, job.model, usual)
    assert proofs
    assert not any(proof.ok for proof in proofs)


def test_the_card_judges_sequence_numbers_as_chosen() -> None:
    """TS 33.102 Annex C.2: with 4 bits of IND and a delta of 1000, SEQ may jump by 1000 and no further."""
    card, profile = SoftCard.new(load("sysmoISIM-SJA5")), profile_with("milenage", "sqn: {ind_bits: 4, delta: 1000}")
    record = record_for("sysmoISIM-SJA5", card, profile)
    with session_with(card, "sysmoISIM-SJA5") as session:
        job = prepare(session, profile, (record,))
        simtool.apply(job.plan, session)
        usim = FilePath("MF/ADF.USIM")
        for last, verdict in ((999, Verdict.ACCEPTED), (1999, Verdict.ACCEPTED), (3000, Verdict.OUT_OF_STEP)):
            at = replace(job.record.subscription, sqn=last << 4)
            (answer,) = authenticate(session, job.model, at, usim, resync=False)
            assert answer.verdict is verdict, last
        assert answer.card_sqn is not None
        assert answer.card_sqn >> 4 == 2000


def test_the_start_is_written_with_the_keys_and_never_again() -> None:
    card, profile = SoftCard.new(load("sysmoISIM-SJA5")), profile_with("milenage", "sqn: {start: 64000}")
    record = record_for("sysmoISIM-SJA5", card, profile)
    assert record.subscription.sqn == 64000
    with session_with(card, "sysmoISIM-SJA5") as session:
        job = prepare(session, profile, (record,))
        simtool.apply(job.plan, session)
        verification = simtool.verify(session, job.desired, job.record)
        assert verification.record.subscription.sqn > 64000
        rekeyed = replace(
            verification.record,
            subscriptions=(replace(verification.record.subscription, k=Secret(bytes(range(16)), kind="ki")),),
        )
        assert any("USIM_SQN" in step.place for step in prepare(session, profile, (rekeyed,)).plan.writes)
        assert not prepare(session, profile, (verification.record,)).plan
        image = simtool.read_image(session, job.model, credentials=job.desired.credentials)
        wish = wish_side("profile", profile, read_own(session, job.model), verification.record)
    assert not compare(Side("card", job.model, image), wish).differences, "the card may count on"


REFUSED = [
    # product, what is chosen, the reason
    ("OpenCells-SIM", OWN_R_C, "authentication.milenage: OpenCells-SIM has no fields for it in MF/ADF.USIM"),
    ("Fairwaves-SIM", "sqn: {ind_bits: 4}", "authentication.sqn: Fairwaves-SIM has no fields for it in MF/ADF.USIM"),
    ("sysmoISIM-SJA5", "sqn: {ind_bits: 6}", "6 bits of IND need 64 sequence numbers, sysmoISIM-SJA5 keeps 32"),
]


@pytest.mark.parametrize(("product", "chosen", "reason"), REFUSED)
def test_what_a_product_has_no_room_for(product: str, chosen: str, reason: str) -> None:
    model, profile = load(product), profile_with("milenage", chosen)
    record: CardRecord = replace(profile.issue(1)[0], credentials=credentials_of(model))
    with pytest.raises(PlanError) as caught:
        simtool.render(profile, record, model)
    assert any(reason in one for one in caught.value.reasons), caught.value.reasons


def test_a_record_from_elsewhere_takes_the_profile_s_choice() -> None:
    """Such as one from a table, which has no column for it; it is kept with the record from then on."""
    card, profile = SoftCard.new(load("sysmoISIM-SJA5")), profile_with("milenage", OWN_R_C)
    record = record_for("sysmoISIM-SJA5", card, profile)
    bare = replace(record, subscriptions=(replace(record.subscription, settings=AkaSettings()),))
    with session_with(card, "sysmoISIM-SJA5") as session:
        job = prepare(session, profile, (bare,))
        assert job.record.subscription.settings == profile.authentication.settings
        simtool.apply(job.plan, session)
        assert simtool.verify(session, job.desired, job.record)


def test_a_record_made_for_other_constants_is_refused() -> None:
    profile, other = profile_with("milenage", OWN_R_C), profile_with("milenage", "milenage: {r: [1, 2, 3, 4, 5]}")
    with pytest.raises(PlanError, match="authentication.milenage: the record was made for something else"):
        simtool.render(profile, other.issue(1)[0], load("sysmoISIM-SJA5"))


def test_the_usual_constants_need_no_room() -> None:
    profile = profile_with("milenage", "milenage: {r: [64, 0, 32, 64, 96]}")
    simtool.render(profile, profile.issue(1)[0], load("OpenCells-SIM"))


WRONG = [
    ("milenage", "milenage: {r: [64, 0, 32, 64]}", "five rotations"),
    ("milenage", "milenage: {r: [64, 0, 32, 64, 128]}", "five rotations"),
    ("milenage", "milenage: {c: ['00', '01', '02', '04', '08']}", "five constants of 16 bytes"),
    ("milenage", f"milenage: {{r: [0, 0, 0, 0, 0], c: [{', '.join(C[:1] * 5)}]}}", "same c and r"),
    ("tuak", "tuak: {res_bits: 96}", "res_bits is one of"),
    ("tuak", "tuak: {keccak_iterations: 0}", "keccak_iterations"),
    ("tuak", "milenage: {}", "belong to milenage"),
    ("milenage", "tuak: {}", "belong to tuak"),
    ("comp128v1", "sqn: {}", "no sequence numbers"),
    ("milenage", "sqn: {ind_bits: 16}", "IND of 16 bits"),
    ("milenage", "sqn: {delta: 0}", "delta must be at least 1"),
    ("milenage", "sqn: {start: 281474976710656}", "48 bits"),
]


@pytest.mark.parametrize(("algorithm", "chosen", "reason"), WRONG)
def test_choices_that_make_no_sense(algorithm: str, chosen: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        profile_with(algorithm, chosen)


def aes(key: bytes, block: bytes) -> bytes:
    """By the openssl program."""
    command = ["openssl", "enc", "-aes-128-ecb", "-nopad", "-K", key.hex()]
    return subprocess.run(command, input=block, capture_output=True, check=True).stdout


def xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def turned(block: bytes, bits: int) -> bytes:
    """Rotated to the left, on the written bits."""
    text = "".join(f"{byte:08b}" for byte in block)
    text = text[bits:] + text[:bits]
    return bytes(int(text[at : at + 8], 2) for at in range(0, 128, 8))


def test_milenage_with_own_constants_by_another_computation() -> None:
    """TS 35.206 §4.1 step by step, for K, OPc and RAND of test set 1 (TS 35.208 §4.3)."""
    k, opc = bytes.fromhex("465b5ce8b199b49faa5f0a2ee238a6bc"), bytes.fromhex("cd63cb71954a9f4e48a5994e37a02baf")
    rand, sqn, amf = bytes.fromhex("23553cbe9637a89d218ae64dae47bf35"), "ff9bb4d0b607", "b9b9"
    for settings in ("milenage: {}", OWN_R_C):
        issued = profile_with("milenage", settings).issue(1)[0].subscription
        ours = aka_algorithm(replace(issued, k=Secret(k, kind="ki"), opc=Secret(opc, kind="opc")))
        own = issued.settings.milenage
        assert ours is not None
        assert own is not None
        temp = aes(k, xor(rand, opc))
        out1 = xor(aes(k, xor(xor(temp, turned(xor(bytes.fromhex(sqn + amf) * 2, opc), own.r[0])), own.c[0])), opc)
        out2, out3, out4, out5 = [
            xor(aes(k, xor(turned(xor(temp, opc), bits), constant)), opc)
            for bits, constant in zip(own.r[1:], own.c[1:], strict=True)
        ]
        number, field = int(sqn, 16), bytes.fromhex(amf)
        assert (ours.f1(rand, number, field), ours.f1_star(rand, number, field)) == (out1[:8], out1[8:])
        assert (ours.f2(rand), ours.f5(rand)) == (out2[8:], out2[:6])
        assert (ours.f3(rand), ours.f4(rand), ours.f5_star(rand)) == (out3, out4, out5[:6])
        if settings == "milenage: {}":
            assert ours.f2(rand).hex() == "a54211d5e3ba50bf"
