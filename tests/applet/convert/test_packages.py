"""Packages as a whole: applets, libraries, shareable interfaces, CAP formats, the same bytes every time."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import pytest

from simtool.applet.convert import Converted, ConvertError
from simtool.applet.javac import compiled_stubs
from simtool.applet.stubs import stubs_of
from simtool.codec.cap import CapFlag, ComponentTag, read_cap
from simtool.codec.java_exports import AccessFlag
from tests.harness import jcvm
from tests.harness.java_programs import Compiled, converted, javac, machine, needs_java, on_card, on_jvm

pytestmark = needs_java
LIBRARY_AID = bytes.fromhex("a00000055910ff02")
APPLET_AID = bytes.fromhex("a00000055910ff0301")
FORMATS = ((2, 1), (2, 2), (2, 3))
LIBRARY = """package shared;
public class Account {
    public static final byte KIND = 7;
    public static short opened;
    protected static byte[] rates = {1, 2, 3};
    public short balance; protected Account next; byte hidden; private short secret; protected byte state;
    public Account(short balance) { this.balance = balance; opened++; secret = 2; next = this; }
    protected Account() { this((short) 10); }
    public short pay(short amount) { balance -= amount; return balance; }
    protected short rate() { return (short) (rates == null ? 1 : 2); }
    public final short same() { return 5; }
    short inside() { return 1; }
    private short own() { return secret; }
    public short total() { return (short) (balance + inside() + own() + next.rate()); }
    public static short count() { return opened; }
    static short notSeen() { return 1; }
}
"""
INTERFACE = "package shared;\npublic interface Payer { byte LIMIT = 20; short pay(short amount); }\n"
INTERNAL = "package shared;\nclass Internal { short x; }\n"
USER = """package user;
import shared.Account;
import shared.Payer;
public class User extends Account implements Payer {
    short extra; Object thing;
    User(short extra) { super(); this.extra = extra; state = 4; next = new Account(extra); thing = this; }
    public short pay(short amount) { return (short) (super.pay(amount) - 1); }
    protected short rate() { return (short) (super.rate() * 10); }
    short inside() { return 100; }
    public static short run(short a, short b) {
        User u = new User(a);
        Account c = u;
        Payer p = u;
        return (short) (u.pay(b) + c.pay((short) 2) + p.pay((short) 3) + u.total() + Account.count() + Account.opened++
            + (rates == null ? 1 : 3) + u.same() + u.balance + u.state + KIND + LIMIT + u.inside()
            + (u.thing == u ? 1 : 0) + u.next.balance);
    }
}
"""
APPLET = """package wallet;
import javacard.framework.*;
public class Wallet extends Applet implements Purse {
    private static final byte[] GREETING = {'h', 'e', 'l', 'l', 'o'};
    private static final byte INS_HELLO = 0x10, INS_ADD = 0x20, INS_ECHO = 0x30;
    private short balance;
    private final OwnerPIN pin;
    private byte[] scratch;
    private Wallet() {
        pin = new OwnerPIN((byte) 3, (byte) 4);
        scratch = JCSystem.makeTransientByteArray((short) 16, JCSystem.CLEAR_ON_RESET);
    }
    public static void install(byte[] bArray, short bOffset, byte bLength) {
        new Wallet().register(bArray, (short) (bOffset + 1), bArray[bOffset]);
    }
    public short add(short amount) { balance += amount; return balance; }
    public Shareable getShareableInterfaceObject(AID client, byte parameter) { return parameter == 1 ? this : null; }
    public void process(APDU apdu) {
        if (selectingApplet()) return;
        byte[] buffer = apdu.getBuffer();
        if (buffer[ISO7816.OFFSET_CLA] != (byte) 0x80) ISOException.throwIt(ISO7816.SW_CLA_NOT_SUPPORTED);
        switch (buffer[ISO7816.OFFSET_INS]) {
            case INS_HELLO:
                Util.arrayCopyNonAtomic(GREETING, (short) 0, buffer, (short) 0, (short) GREETING.length);
                apdu.setOutgoingAndSend((short) 0, (short) GREETING.length);
                break;
            case INS_ADD:
                JCSystem.beginTransaction();
                Util.setShort(buffer, (short) 0, add((short) (buffer[ISO7816.OFFSET_P1] & 0xFF)));
                JCSystem.commitTransaction();
                apdu.setOutgoingAndSend((short) 0, (short) 2);
                break;
            case INS_ECHO:
                short length = apdu.setIncomingAndReceive();
                if (length > scratch.length) ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
                Util.arrayCopy(buffer, ISO7816.OFFSET_CDATA, scratch, (short) 0, length);
                for (short i = 0; i < length; i++) buffer[(short) (length - 1 - i)] = scratch[i];
                try {
                    apdu.setOutgoingAndSend((short) 0, length);
                } catch (APDUException e) {
                    ISOException.throwIt(e.getReason());
                }
                break;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }
}
"""
PURSE = "package wallet;\npublic interface Purse extends javacard.framework.Shareable { short add(short amount); }\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packages")


@pytest.fixture(scope="module")
def user(folder: Path) -> tuple[Compiled, Compiled]:
    """The library's classes and those of the package that uses it."""
    sources = {
        "shared/Account.java": LIBRARY, "shared/Payer.java": INTERFACE, "shared/Internal.java": INTERNAL,
        "user/User.java": USER,
    }  # fmt: skip
    library = javac(folder / "user", sources, "shared")
    return library, javac(folder / "user", sources, "user")


@pytest.fixture(scope="module")
def wallet(folder: Path, stub_cache: Path) -> Compiled:
    stubs = compiled_stubs(stubs_of({"javacard.framework": "1.2"}), stub_cache)
    return javac(
        folder / "wallet", {"wallet/Wallet.java": APPLET, "wallet/Purse.java": PURSE}, "wallet", classpath=stubs
    )


def library_of(compiled: Compiled, cap_format: tuple[int, int] = (2, 1)) -> Converted:
    return converted(compiled.classes, "shared", aid=LIBRARY_AID, cap_format=cap_format)


def wallet_of(compiled: Compiled, cap_format: tuple[int, int] = (2, 1)) -> Converted:
    return converted(compiled.classes, "wallet", applets=(("Wallet", APPLET_AID),), cap_format=cap_format)


@pytest.mark.parametrize("cap_format", FORMATS)
@pytest.mark.parametrize("translator", [False, True], ids=["interpreter", "translator"])
def test_a_library_and_who_uses_it(
    user: tuple[Compiled, Compiled], cap_format: tuple[int, int], translator: bool
) -> None:
    library = library_of(user[0], cap_format)
    made = converted(user[1].classes, "user", (library.export,), cap_format=cap_format)
    calls = [("User", "run", a, b) for a in (0, 5, -300, 32767) for b in (1, -1, 1000)]
    assert on_card(made, calls, translator=translator, before=(library,)) == on_jvm(user[1], calls, "user")


def test_tokens_of_a_library(user: tuple[Compiled, Compiled]) -> None:
    """JCVM §4.3.7: what is not visible has none; visible fields come first, numbers before references."""
    table = library_of(user[0]).export
    account, payer = table.class_named("Account"), table.class_named("Payer")
    assert account is not None and payer is not None and len(table.classes) == 2
    assert [(one.token, one.name + one.descriptor) for one in account.static_methods] == [
        (0, "<init>(S)V"), (1, "<init>()V"), (2, "count()S"),
    ]  # fmt: skip
    assert [(one.token, one.name) for one in account.virtual_methods] == [
        (0, "equals"), (1, "pay"), (2, "rate"), (3, "same"), (4, "total"),
    ]  # fmt: skip
    assert [(one.token, one.name) for one in account.instance_fields] == [(0, "balance"), (1, "state"), (2, "next")]
    assert [(one.token, one.name) for one in account.static_fields] == [(0, "opened"), (1, "rates")]
    assert [(one.name, one.value) for one in account.constants] == [("KIND", 7)]
    assert [(one.token, one.name) for one in payer.interface_methods] == [(0, "pay")]
    assert AccessFlag.INTERFACE in payer.flags and AccessFlag.SHAREABLE not in payer.flags


@pytest.mark.parametrize("cap_format", FORMATS)
def test_an_applet_at_work(wallet: Compiled, cap_format: tuple[int, int]) -> None:
    vm = machine(translator=True)
    made = wallet_of(wallet, cap_format)
    applet = jcvm.install_block(vm, made.block)
    assert jcvm.exchange(vm, applet, "00A40400", selecting=True) == "9000"
    assert jcvm.exchange(vm, applet, "8010000000") == b"hello".hex() + "9000"
    assert jcvm.exchange(vm, applet, "8020FF0000") == "00ff9000"
    assert jcvm.exchange(vm, applet, "80200A0000") == "01099000"
    assert jcvm.exchange(vm, applet, "803000000301020300") == "0302019000"
    assert jcvm.exchange(vm, applet, "8040000000") == "6d00"
    assert jcvm.exchange(vm, applet, "0010000000") == "6e00"
    assert jcvm.exchange(vm, applet, "8030000011" + "00" * 17) == "6700"


def test_an_applet_package_shows_its_shareable_interfaces_only(wallet: Compiled) -> None:
    """JCVM §4.1.1.2."""
    made = wallet_of(wallet)
    assert [one.name for one in made.export.classes] == ["Purse"]
    assert AccessFlag.SHAREABLE in made.export.classes[0].flags
    assert made.cap_file.header.flags == CapFlag.APPLET | CapFlag.EXPORT
    assert [one.aid for one in made.cap_file.applets] == [APPLET_AID]


@pytest.mark.parametrize("cap_format", FORMATS)
def test_the_file_reads_back(wallet: Compiled, cap_format: tuple[int, int]) -> None:
    made = wallet_of(wallet, cap_format)
    cap = read_cap(made.cap)
    assert {one.tag: one.body for one in cap.components} == dict(made.bodies)
    assert read_cap(made.block).load_file_data_block() == made.block
    assert cap.header.format == cap_format
    assert cap.header.name == ("wallet" if cap_format > (2, 1) else "")
    with zipfile.ZipFile(io.BytesIO(made.cap)) as jar:
        assert jar.namelist()[0] == "wallet/javacard/Header.cap"
        assert {one.date_time for one in jar.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_same_classes_give_the_same_bytes(wallet: Compiled, user: tuple[Compiled, Compiled]) -> None:
    first = wallet_of(wallet).cap
    shuffled = list(user[0].classes)
    for seed in range(5):
        random.Random(seed).shuffle(shuffled)  # noqa: S311
        assert library_of(Compiled(user[0].folder, tuple(shuffled))).cap == library_of(user[0]).cap
        assert wallet_of(Compiled(wallet.folder, wallet.classes[::-1])).cap == first


def test_what_an_older_api_lacks_is_refused(wallet: Compiled) -> None:
    with pytest.raises(ConvertError, match="javacard.framework is not imported"):
        converted(wallet.classes, "wallet", imports={})


def test_an_applet_needs_install(wallet: Compiled, user: tuple[Compiled, Compiled]) -> None:
    with pytest.raises(ConvertError, match="extends javacard.framework.Applet"):
        converted(user[0].classes, "shared", applets=(("Account", APPLET_AID),))
    with pytest.raises(ConvertError, match="there is no class Nobody"):
        converted(wallet.classes, "wallet", applets=(("Nobody", APPLET_AID),))


def test_reference_locations(wallet: Compiled) -> None:
    """§6.12: each place in either list holds an index into the constant pool, and lies within the code."""
    made = wallet_of(wallet)
    body, methods = made.bodies[ComponentTag.REF_LOCATION], made.bodies[ComponentTag.METHOD]
    count = int.from_bytes(made.bodies[ComponentTag.CONSTANT_POOL][:2])
    used, at = set(), 0
    for size in (1, 2):
        length = int.from_bytes(body[at : at + 2])
        place = 0
        for step in body[at + 2 : at + 2 + length]:
            place += step
            if step < 255:
                used.add(int.from_bytes(methods[place : place + size]))
        at += 2 + length
    assert used == set(range(count))
