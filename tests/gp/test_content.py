"""Wishes for applets: what stays, what is replaced in which order, what is never touched, and going on after a tear."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from simtool.codec.cap import read_cap
from simtool.codec.globalplatform import LifeCycle, Privilege, RegistryEntry
from simtool.codec.install_parameters import InstallParameters, ToolkitParameters
from simtool.errors import CardRemovedError, PlanError
from simtool.gp.content import (
    ContentOptions,
    StepKind,
    WantedApplet,
    WantedPackage,
    apply_content,
    plan_content,
    words,
)
from simtool.gp.domain import Registry
from tests.gp.registry_model import ModelDomain
from tests.harness.cap_builder import FRAMEWORK, JAVA_LANG, CapPlan

MODULE, INSTANCE = bytes.fromhex("d07002ca440001"), bytes.fromhex("d07002ca440001aa")
LIBRARY = "d07002ca4401"


def package(version: tuple[int, int] = (1, 0), *instances: bytes, imports: tuple = (), **more: object) -> WantedPackage:
    cap = read_cap(CapPlan(version=version, imports=(JAVA_LANG, FRAMEWORK, *imports)).row())
    applets = tuple(WantedApplet(MODULE, instance) for instance in instances or (INSTANCE,))
    return WantedPackage(cap, applets, **more)  # type: ignore[arg-type]


def library(version: tuple[int, int] = (1, 0)) -> WantedPackage:
    return WantedPackage(read_cap(CapPlan(aid=LIBRARY, version=version, applets=(), exports=1).row()))


def bring(card: ModelDomain, *wanted: WantedPackage, options: ContentOptions = ContentOptions()) -> list[str]:  # noqa: B008
    steps = plan_content(wanted, card.registry(), options)
    apply_content(steps, card)
    assert plan_content(wanted, card.registry(), ContentOptions()) == (), "the same wish again is an empty plan"
    return [words(step) for step in steps]


def test_an_empty_card() -> None:
    card = ModelDomain()
    assert bring(card, package()) == [
        "load D07002CA4400: version 1.0 is wanted",
        "install D07002CA440001AA: wanted",
    ]
    assert card.instances[INSTANCE] == (bytes.fromhex("d07002ca4400"), LifeCycle.SELECTABLE, Privilege(0))


def test_data_that_an_applet_waits_for() -> None:
    """STORE DATA follows the installation; that it arrived, the applet's life cycle tells. After a tear it is sent."""
    wanted = package()
    wanted = replace(wanted, applets=(replace(wanted.applets[0], personalization=b"\x80\x01A"),))
    for commands in range(7):
        card = ModelDomain()
        card.tear_after = commands
        with suppress(CardRemovedError):
            apply_content(plan_content((wanted,), card.registry()), card)
        card.tear_after = -1
        bring(card, wanted)
        assert card.instances[INSTANCE][1] == LifeCycle.PERSONALIZED
        assert card.log[-1] == "store data 800141"


def test_another_version_goes_and_comes_in_the_right_order() -> None:
    card = ModelDomain()
    user = package(imports=((LIBRARY, 1, 0),))
    bring(card, user, library())
    assert list(card.packages) == [bytes.fromhex(LIBRARY), bytes.fromhex("d07002ca4400")], "libraries first"
    lines = bring(card, user, library((1, 1)))
    assert [line.split(":")[0] for line in lines] == [
        "delete application D07002CA440001AA",
        "delete package D07002CA4400",
        "delete package D07002CA4401",
        "load D07002CA4401",
        "load D07002CA4400",
        "install D07002CA440001AA",
    ]
    assert "builds on D07002CA4401" in lines[1]


def test_what_is_there_and_right_stays() -> None:
    card = ModelDomain()
    bring(card, package())
    other = bytes.fromhex("d07002ca440001bb")
    assert bring(card, package((1, 0), INSTANCE, other)) == ["install D07002CA440001BB: wanted"]


def test_installed_but_not_selectable() -> None:
    card = ModelDomain()
    bring(card, package())
    owner, _, rights = card.instances[INSTANCE]
    card.instances[INSTANCE] = (owner, LifeCycle.INSTALLED, rights)
    assert bring(card, package()) == ["make selectable D07002CA440001AA: installed, but not selectable"]


def foreign_card() -> ModelDomain:
    card = ModelDomain()
    card.packages[bytes(6)] = (b"\x01\x00", (), ())
    card.instances[INSTANCE] = (bytes(6), LifeCycle.SELECTABLE, Privilege(0))
    return card


def test_foreign_applets_are_not_touched_unless_named() -> None:
    card = foreign_card()
    with pytest.raises(PlanError, match="in use by another package"):
        plan_content((package(),), card.registry())
    lines = bring(card, package(), options=ContentOptions(remove=frozenset((INSTANCE,))))
    assert lines[0] == "delete application D07002CA440001AA: named to be removed"
    assert bytes(6) in card.packages


def test_an_unwanted_instance_of_a_replaced_package_must_be_named() -> None:
    card, extra = ModelDomain(), bytes.fromhex("d07002ca440001cc")
    bring(card, package((1, 0), INSTANCE, extra))
    with pytest.raises(PlanError, match="is not wanted; name it"):
        plan_content((package((1, 1)),), card.registry())
    bring(card, package((1, 1)), options=ContentOptions(remove=frozenset((extra,))))
    assert set(card.instances) == {INSTANCE}


def test_older_versions_need_a_word() -> None:
    card = ModelDomain()
    bring(card, package((1, 2)))
    with pytest.raises(PlanError, match="1.1 is older"):
        plan_content((package((1, 1)),), card.registry())
    bring(card, package((1, 1)), options=ContentOptions(downgrade=True))


def test_reload_of_the_same_version() -> None:
    card = ModelDomain()
    bring(card, package())
    lines = bring(card, package(), options=ContentOptions(reload=frozenset((bytes.fromhex("d07002ca4400"),))))
    assert len(lines) == 4


def test_all_reasons_at_once_and_nothing_sent() -> None:
    wrong = WantedPackage(
        package().cap, (WantedApplet(bytes(7), INSTANCE, bytes.fromhex("ef00")),) * 2, "menu", digest=bytes(32)
    )
    with pytest.raises(PlanError) as caught:
        plan_content((wrong,), foreign_card().registry())
    text = str(caught.value)
    for part in ("wanted twice", "digest", "not in the package", "C9", "in use by another package"):
        assert part in text


@settings(max_examples=60)
@given(st.integers(0, 14))
def test_torn_anywhere_and_the_same_wish_again(commands: int) -> None:
    """Between any two commands, also between LOAD blocks."""
    card = ModelDomain()
    bring(card, package(imports=((LIBRARY, 1, 0),)), library())
    wish = (package((1, 1), imports=((LIBRARY, 1, 1),)), library((1, 1)))
    card.tear_after = commands
    try:
        apply_content(plan_content(wish, card.registry()), card)
    except CardRemovedError:
        pass
    card.tear_after = -1
    bring(card, *wish)
    assert card.packages[bytes.fromhex(LIBRARY)][0] == b"\x01\x01"
    assert set(card.instances) == {INSTANCE}


class Wishes(RuleBasedStateMachine):
    """Wish after wish: the card has what was wished last, and what was never ours is there all the time."""

    def __init__(self) -> None:
        super().__init__()
        self.card = ModelDomain()
        self.card.packages[bytes(6)] = (b"\x01\x00", (), ())
        self.card.instances[bytes(8)] = (bytes(6), LifeCycle.SELECTABLE, Privilege(0))

    @rule(version=st.tuples(st.just(1), st.integers(0, 3)), count=st.integers(1, 3), with_library=st.booleans())
    def wish(self, version: tuple[int, int], count: int, with_library: bool) -> None:
        instances = tuple(bytes.fromhex("d07002ca440001") + bytes((n,)) for n in range(count))
        imports = ((LIBRARY, 1, version[1]),) if with_library else ()
        wanted = (package(version, *instances, imports=imports), *((library(version),) if with_library else ()))
        extra = frozenset(self.card.instances) - set(instances) - {bytes(8)}
        bring(self.card, *wanted, options=ContentOptions(remove=extra, downgrade=True))
        assert set(self.card.instances) == {*instances, bytes(8)}

    @invariant()
    def foreign_content_is_there(self) -> None:
        assert self.card.instances[bytes(8)][0] == bytes(6)


TestWishes = Wishes.TestCase
TestWishes.settings = settings(max_examples=25, stateful_step_count=8)


def test_a_card_that_does_not_tell_whose_an_instance_is() -> None:
    entries = (RegistryEntry(INSTANCE, LifeCycle.SELECTABLE), RegistryEntry(bytes(9), LifeCycle.SELECTABLE))
    loaded = RegistryEntry(bytes.fromhex("d07002ca4400"), LifeCycle.LOADED, version=b"\x01\x00")
    registry = Registry(None, entries, (loaded,))
    assert plan_content((package(),), registry) == ()
    lines = [words(step).split(":")[0] for step in plan_content((package((1, 1)),), registry)]
    assert lines[:2] == ["delete application D07002CA440001AA", "delete package D07002CA4400"]
    assert not any("000000000000000000" in line for line in lines)


def test_two_wanted_applets_cannot_share_a_tar() -> None:
    parameters = InstallParameters(toolkit=ToolkitParameters(1, tars=(b"\xb0\x01\x05",))).encode()
    applets = tuple(WantedApplet(MODULE, INSTANCE[:-1] + bytes((n,)), parameters) for n in range(2))
    with pytest.raises(PlanError, match="TAR B00105 is taken"):
        plan_content((WantedPackage(package().cap, applets),), ModelDomain().registry())


def test_kinds_are_named_as_the_commands() -> None:
    assert [kind.value for kind in StepKind][:2] == ["delete application", "delete package"]
