"""What runs on the card in the reader: asked, compared with the wish, and changed.

Between two steps the card is as GlobalPlatform commands leave it, and the steps follow from its registry and its rules
alone: so a torn card is planned anew. Selecting a security domain leaves the files; `leave` goes back to them.
"""

from __future__ import annotations

from dataclasses import replace

from simtool.card.session import Session
from simtool.codec.globalplatform import LifeCycle
from simtool.codec.se_access import AccessRule
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.errors import CodecError, PlanError, RefusedError, StatusError
from simtool.files.product import CardModel, FileType
from simtool.gp.access_rules import RuleStore, compare, read_rules
from simtool.gp.content import (
    ContentOptions,
    Deletion,
    Installation,
    Loading,
    StepKind,
    apply_content,
    plan_content,
)
from simtool.gp.domain import Registry, SecurityDomain, select_domain
from simtool.gp.secure_channel import KeyMemory, open_channel
from simtool.perso.application_steps import (
    AddAccessRule,
    ApplicationStep,
    ApplicationWrite,
    ManageContent,
    OpenChannel,
)
from simtool.perso.application_wish import APPLETS, RULES, ApplicationWish, limits_of_product
from simtool.perso.authorise import memory_of
from simtool.perso.memory.attempts import Attempts
from simtool.perso.memory.key_attempts import KeyAttempts

EMPTY_REGISTRY = Registry(None, (), ())


def survey_applications(
    session: Session, wish: ApplicationWish, model: CardModel, memory: KeyMemory, iccid: str
) -> tuple[ApplicationStep, ...]:
    """The steps from what runs on the card to the wish; none for a card that has it all. Writes nothing.

    Raises `RefusedError` for keys that are not the card's (nothing is spent, and they are remembered), `PlanError` with
    every reason why the wish cannot be had on this card.
    """
    if not wish:
        return ()
    desk = ApplicationDesk(session, model, memory, iccid)
    reasons: list[str] = []
    try:
        rules = _missing_rules(desk, wish, reasons)
        if wish.keys is None:
            if reasons:
                raise PlanError(tuple(reasons))
            return rules
        if not (rules or wish.packages or wish.remove):
            return ()
        key = desk.find(wish.keys)
        desk.open(key)
        contents: tuple[ManageContent, ...] = ()
        if wish.packages or wish.remove:
            contents = content_steps(wish, desk.domain.registry(), model, reasons)
    finally:
        desk.leave()
    if reasons:
        raise PlanError(tuple(reasons))
    return (key, *contents, *rules) if contents or rules else ()


def content_steps(
    wish: ApplicationWish, registry: Registry, model: CardModel, reasons: list[str]
) -> tuple[ManageContent, ...]:
    """From a registry to the wanted packages and instances. Appends to `reasons` what is against it."""
    ours = {package.cap.package.aid for package in wish.packages}
    ours |= {
        applet.instance
        for package in wish.packages
        for applet in package.applets
        if (there := registry.application(applet.instance)) is None
        or there.load_file in (package.cap.package.aid, b"")  # many cards do not tell
    }
    options = ContentOptions(remove=wish.remove - ours)
    try:
        steps = plan_content(wish.packages, registry, options, limits_of_product(model))
    except PlanError as error:
        reasons += [f"{APPLETS}: {reason}" for reason in error.reasons]
        return ()
    return tuple(ManageContent(step, _origin(step)) for step in steps)


def _origin(step: Deletion | Loading | Installation) -> str:
    return APPLETS if isinstance(step, Deletion) else f"{APPLETS}.{step.package.title}"


def _missing_rules(desk: ApplicationDesk, wish: ApplicationWish, reasons: list[str]) -> tuple[AddAccessRule, ...]:
    """Rules that the card lacks; those of others stay."""
    if not wish.rules:
        return ()
    try:
        there = desk.rules()
    except StatusError as error:
        reasons.append(f"{RULES}: {error}")
        return ()
    missing = dict.fromkeys(compare(there, wish.rules).missing)
    return tuple(AddAccessRule(rule, wish.keys is None, RULES) for rule in missing)


def key_memory(session: Session, attempts: Attempts | None, iccid: str) -> KeyMemory:
    """What is remembered of key sets: in `attempts`, else where this session remembers PINs, else only here."""
    memory = memory_of(session, attempts, iccid)
    return KeyAttempts(memory.attempts, memory.iccid) if memory is not None else KeyAttempts(Attempts(), iccid)


class ApplicationDesk:
    """The security domain and the rules of one card in use. After a `reset` the next step opens the channel anew."""

    def __init__(self, session: Session, model: CardModel, memory: KeyMemory | None = None, iccid: str = "") -> None:
        self._session = session
        self._model = model
        self._memory = memory or KeyAttempts(Attempts(), iccid)
        self._iccid = iccid
        self._channel: OpenChannel | None = None
        self._domain: SecurityDomain | None = None
        self._entered = False

    @property
    def domain(self) -> SecurityDomain:
        """The issuer security domain behind the secure channel; opens it again where it was lost."""
        if self._domain is not None:
            return self._domain
        if self._channel is None:
            raise RefusedError("no secure channel was opened", hint="make a new plan")
        return self.open(self._channel)

    @property
    def entered(self) -> bool:
        """Whether something other than the files is selected."""
        return self._entered

    def find(self, keys: KeySet) -> OpenChannel:
        """How this card's issuer security domain is reached with these keys."""
        self._entered = True
        aid = select_domain(self._session)
        return OpenChannel(keys, aid, protocol_options(SecurityDomain(self._session), keys))

    def rules(self) -> tuple[AccessRule, ...]:
        """Every rule on the card; closes the channel. Raises as `read_rules` does."""
        self._domain, self._entered = None, True
        return read_rules(self._session)

    def open(self, channel: OpenChannel) -> SecurityDomain:
        """Select the domain and prove the keys. Raises as `open_channel` does."""
        self._channel, self._domain, self._entered = channel, None, True
        select_domain(self._session, channel.aid)
        link = open_channel(
            self._session, channel.keys, memory=self._memory, card=self._iccid, options=channel.options,
            aid=channel.aid,
        )  # fmt: skip
        spec = self._model.global_platform
        self._domain = SecurityDomain(link, limit=spec.max_load_block) if spec is not None else SecurityDomain(link)
        return self._domain

    def perform(self, step: ApplicationWrite) -> None:
        """Do it. Raises `CardError` when the card refuses or goes away."""
        if isinstance(step, ManageContent):
            apply_content((step.content,), self.domain)
            return
        if step.direct:
            self._entered, self._domain = True, None
        domain = SecurityDomain(self._session) if step.direct else self.domain
        RuleStore(domain, direct=step.direct).add(step.rule)

    def perform_again(self, step: ApplicationWrite) -> None:
        """The same after it broke off: what the card did of it is not done twice."""
        if isinstance(step, AddAccessRule):
            self.perform(step)  # an equal rule that is there already is no error
            return
        rest = _rest(step, self.domain.registry())
        if rest is not None:
            self.perform(rest)

    def reset(self, memory: KeyMemory, iccid: str) -> None:
        """The card with this ICCID was powered on, and nothing but its files is selected."""
        self._memory, self._iccid = memory, iccid
        self._domain, self._entered = None, False

    def leave(self) -> None:
        """Back to the files: an application is selected by its AID, which every card understands from anywhere."""
        if not self._entered:
            return
        self._domain, self._entered = None, False
        adf = next((spec for spec in self._model.files.values() if spec.type is FileType.ADF and spec.aid), None)
        if adf is None or adf.aid is None:
            self._session.select_mf()
        else:
            self._session.select_aid(adf.aid, what=str(adf.path))


def protocol_options(domain: SecurityDomain, keys: KeySet) -> int | None:
    """i of the protocol that these keys are for, as the card recognition data gives it; None where it does not."""
    try:
        channels = domain.card_recognition().channels
    except (StatusError, CodecError):
        return None
    wanted = 2 if keys.cipher is KeyCipher.DES else 3
    return next((i for scp, i in channels if scp == wanted), None)


def _rest(step: ManageContent, registry: Registry) -> ManageContent | None:
    """What is left of a step on a card that may have done it."""
    content = step.content
    match content:
        case Deletion(aid=aid):
            there = registry.application(aid) or registry.load_file(aid)
            return step if there is not None else None
        case Loading(aid=aid):
            return step if registry.load_file(aid) is None else None
        case Installation(aid=aid, kind=StepKind.PERSONALIZE):
            entry = registry.application(aid)
            return step if entry is not None and entry.state == LifeCycle.SELECTABLE else None
        case Installation(aid=aid):
            entry = registry.application(aid)
            if entry is None:
                return step
            if entry.state == LifeCycle.INSTALLED:
                return ManageContent(replace(content, kind=StepKind.MAKE_SELECTABLE), step.origin)
            return None
