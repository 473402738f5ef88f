"""INSTALL of applications and domains, and DELETE (GPCS §9.3.6, §9.4, §9.5, §11.5, §11.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtool.codec import tlv
from simtool.codec.globalplatform import LifeCycle, Privilege
from simtool.codec.install import InstallFor
from simtool.softcard import status as sw
from simtool.softcard.globalplatform import access_domains, fields, reader, toolkit_parameters
from simtool.softcard.globalplatform.command import Command
from simtool.softcard.globalplatform.fields import APPLICATION_PARAMETERS
from simtool.softcard.globalplatform.loading import install_for_load
from simtool.softcard.globalplatform.privileges import ONLY_ONCE, coherent, parse_privileges
from simtool.softcard.globalplatform.registry import AppEntry, LoadFile
from simtool.softcard.globalplatform.rights import Authority
from simtool.softcard.globalplatform.selection import Selection
from simtool.softcard.status import StatusFault

if TYPE_CHECKING:
    from simtool.softcard.globalplatform.platform import GlobalPlatform

_AID, _KEY_ID, _KEY_VERSION, _TOKEN = 0x4F, 0xD0, 0xD2, 0x9E
_RELATED = 0x80


def install(platform: GlobalPlatform, selection: Selection, command: Command) -> bytes:
    """INSTALL by P1, all its data together; the combined process (P2 01 and 03) is not offered: 6A86."""
    if command.p2:
        raise StatusFault(sw.WRONG_P1_P2)
    if not command.data:
        raise StatusFault(sw.WRONG_LENGTH)
    selection.load = selection.target = None
    match command.p1:
        case InstallFor.LOAD:
            return install_for_load(platform, selection, command)
        case InstallFor.INSTALL | 0x0C:  # 0C: and make selectable
            return _install(platform, selection, command)
        case InstallFor.MAKE_SELECTABLE:
            return _make_selectable(platform, selection, command)
        case InstallFor.EXTRADITION:
            return _extradite(platform, selection, command)
        case InstallFor.PERSONALIZATION:
            return _personalise(platform, selection, command)
        case InstallFor.REGISTRY_UPDATE:
            return _update(platform, selection, command)
        case _:
            raise StatusFault(sw.WRONG_P1_P2)


def _privileges(platform: GlobalPlatform, domain: AppEntry, raw: bytes) -> Privilege:
    """6A80 for privileges that do not go together or that this domain cannot give."""
    privileges = parse_privileges(raw)
    if privileges is None or not coherent(privileges) or privileges & Privilege.FINAL_APPLICATION:
        raise StatusFault(sw.WRONG_DATA)
    if privileges & ONLY_ONCE:
        for one in platform.registry.applications.values():
            if one is not platform.registry.issuer and one.privileges & privileges & ONLY_ONCE:
                raise StatusFault(sw.WRONG_DATA)
    if privileges & Privilege.AUTHORIZED_MANAGEMENT and not domain.privileges & Privilege.AUTHORIZED_MANAGEMENT:
        raise StatusFault(sw.WRONG_DATA)
    return privileges


def _install(platform: GlobalPlatform, selection: Selection, command: Command) -> bytes:
    """INSTALL [for install], also [and make selectable]: load file, module, instance, privileges, parameters, token.

    6A88 for a file or module that is not there, 6985 for an AID in use, 6A84 for quotas that do not fit, 6A80 for
    parameters that cannot be (C9 has to be there) or privileges that do not go together. The instance belongs to the
    domain of its load file (§7.2), a new domain to the one that makes it.
    """
    given = fields.split(command.data, 5)
    file_aid, module, instance, raw_privileges, raw_parameters = given.parts
    reader.aid(instance)
    parameters = fields.objects(raw_parameters)
    own = tlv.first(parameters, APPLICATION_PARAMETERS)
    if own is None:
        raise StatusFault(sw.WRONG_DATA)
    system = fields.system_parameters(parameters)
    authority = Authority(platform, selection.entry)
    authority.manage(command.p1, command.p2, given.signed, given.token)
    registry = platform.registry
    file = registry.files.get(file_aid)
    if file is None or module not in file.modules:
        raise StatusFault(sw.REFERENCE_NOT_FOUND)
    package = platform.spec.domain_package
    makes_domain = package is not None and module == package.module
    if registry.in_use(instance) or not (makes_domain or authority.reaches(file)):
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    privileges = _privileges(platform, selection.entry, raw_privileges)
    if makes_domain != bool(privileges & Privilege.SECURITY_DOMAIN):
        raise StatusFault(sw.WRONG_DATA)
    if system.nonvolatile > registry.free_nonvolatile or system.volatile > registry.free_volatile:
        raise StatusFault(sw.NO_MEMORY)
    tars = toolkit_parameters.tars(parameters, instance, registry.tars_in_use())
    state = LifeCycle.SELECTABLE if command.p1 & InstallFor.MAKE_SELECTABLE else LifeCycle.INSTALLED
    entry = AppEntry(
        instance, state, privileges, selection.entry.aid if makes_domain else file.domain, file.aid, module, own,
        system.nonvolatile, system.volatile, tars, system.implicit,
        toolkit_parameters.minimum_security(parameters), system.services,
    )  # fmt: skip
    entry.access = access_domains.kept(parameters)
    platform.make(entry, raw_parameters)
    registry.keep(entry)
    return authority.confirm(file.aid, instance)


def _target(platform: GlobalPlatform, selection: Selection, authority: Authority, aid: bytes) -> AppEntry:
    """An application below this domain. 6A88 if there is none, 6985 if it is another's, locked, or itself."""
    entry = platform.registry.applications.get(aid)
    if entry is None:
        raise StatusFault(sw.REFERENCE_NOT_FOUND)
    if entry is selection.entry or not authority.reaches(entry) or entry.locked:
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    return entry


def _make_selectable(platform: GlobalPlatform, selection: Selection, command: Command) -> bytes:
    """INSTALL [for make selectable]: only from INSTALLED, else 6985; privileges may be given anew."""
    given = fields.split(command.data, 5)
    if given.parts[0] or given.parts[1]:
        raise StatusFault(sw.WRONG_DATA)
    authority = Authority(platform, selection.entry)
    authority.manage(command.p1, command.p2, given.signed, given.token)
    entry = _target(platform, selection, authority, given.parts[2])
    if entry.state != LifeCycle.INSTALLED:
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    if given.parts[3]:
        wanted = _privileges(platform, selection.entry, given.parts[3])
        if (wanted ^ entry.privileges) & Privilege.SECURITY_DOMAIN:
            raise StatusFault(sw.WRONG_DATA)
        entry.privileges = wanted
    entry.state = LifeCycle.SELECTABLE
    platform.registry.keep(entry)
    return authority.confirm(entry.aid)


def _extradite(platform: GlobalPlatform, selection: Selection, command: Command) -> bytes:
    """INSTALL [for extradition]: an application, or a load file, to another security domain (§9.4.1).

    6A88 for a domain or an entry that is not there; 6985 for one that is another's, locked, or above the new domain.
    """
    given = fields.split(command.data, 5)
    new, empty, aid, none, _ = given.parts
    if empty or none:
        raise StatusFault(sw.WRONG_DATA)
    authority = Authority(platform, selection.entry)
    authority.manage(command.p1, command.p2, given.signed, given.token)
    registry = platform.registry
    domain, entry = registry.domain(new), registry.applications.get(aid) or registry.files.get(aid)
    if domain is None or entry is None:
        raise StatusFault(sw.REFERENCE_NOT_FOUND)
    if entry is selection.entry or not authority.reaches(entry) or not (domain.selectable or domain is registry.issuer):
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    if isinstance(entry, AppEntry) and (entry.locked or registry.is_above(entry, domain)):
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    old, entry.domain = entry.domain, domain.aid
    registry.keep(entry)
    return authority.confirm(old, entry.aid, domain.aid)


def _personalise(platform: GlobalPlatform, selection: Selection, command: Command) -> bytes:
    """INSTALL [for personalisation]: STORE DATA that follow go to that application (§7.3.3)."""
    given = fields.split(command.data, 5)
    if given.parts[0] or given.parts[1] or given.parts[3] or given.parts[4] or given.token:
        raise StatusFault(sw.WRONG_DATA)
    entry = platform.registry.applications.get(given.parts[2])
    if entry is None:
        raise StatusFault(sw.REFERENCE_NOT_FOUND)
    if entry.domain != selection.entry.aid or not entry.selectable:
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    selection.target = entry
    return b"\x00" + sw.OK


def _update(platform: GlobalPlatform, selection: Selection, command: Command) -> bytes:
    """INSTALL [for registry update]: other privileges, and extradition in the same step (§9.4.2)."""
    given = fields.split(command.data, 5)
    new, empty, aid, raw_privileges, raw_parameters = given.parts
    if empty:
        raise StatusFault(sw.WRONG_DATA)
    system = fields.system_parameters(fields.objects(raw_parameters))
    authority = Authority(platform, selection.entry)
    authority.manage(command.p1, command.p2, given.signed, given.token)
    registry = platform.registry
    domain = registry.domain(new) if new else None
    if new and domain is None:
        raise StatusFault(sw.REFERENCE_NOT_FOUND)
    entry = _target(platform, selection, authority, aid)
    if domain is not None and registry.is_above(entry, domain):
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    if raw_privileges:
        wanted = _privileges(platform, selection.entry, raw_privileges)
        if (wanted ^ entry.privileges) & Privilege.SECURITY_DOMAIN:
            raise StatusFault(sw.WRONG_DATA)
        entry.privileges = wanted
    if domain is not None:
        entry.domain = domain.aid
    entry.implicit = system.implicit or entry.implicit
    registry.keep(entry)
    return authority.confirm(entry.aid)


# DELETE


def delete(platform: GlobalPlatform, selection: Selection, command: Command) -> bytes:
    """DELETE (§11.2): an application, a domain, a load file (P2 80: with its instances), or keys.

    6A88 for what is not there; 6985 for what others still need: instances, importing files, applications of a domain,
    or what is selected.
    """
    if command.p1 or command.p2 not in (0, _RELATED):
        raise StatusFault(sw.WRONG_P1_P2)
    objects = fields.objects(command.data)
    aid = tlv.first(objects, _AID)
    if aid is None:
        return _delete_keys(platform, selection, objects)
    token = tlv.first(objects, _TOKEN) or b""
    signed = tlv.join(one for one in objects if one.tag != _TOKEN)
    authority = Authority(platform, selection.entry)
    registry = platform.registry
    entry = registry.applications.get(aid) or registry.files.get(aid)
    if not selection.entry.privileges & Privilege.GLOBAL_DELETE:
        authority.manage(0, command.p2, signed, token)
        if entry is not None and not authority.reaches(entry):
            raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    if entry is None:
        raise StatusFault(sw.REFERENCE_NOT_FOUND)
    doomed = _doomed(platform, entry, related=bool(command.p2))
    for one in doomed:
        if one is registry.issuer or platform.selected_elsewhere(one):
            raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
        if isinstance(one, LoadFile) and any(user not in doomed for user in registry.users(one)):
            raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    platform.card.machine.uninstalling(one for one in doomed if isinstance(one, AppEntry))
    if platform.card.machine.needed(doomed):
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    for one in doomed:
        if isinstance(one, AppEntry):
            platform.forget(one)
        else:
            platform.card.machine.unload(one)
        registry.drop(one)
    return authority.confirm(aid)


def _doomed(platform: GlobalPlatform, entry: AppEntry | LoadFile, *, related: bool) -> list[AppEntry | LoadFile]:
    """All that goes, instances before their files. 6985 if that is more than the entry and it was not asked for."""
    registry = platform.registry
    if isinstance(entry, LoadFile):
        instances: list[AppEntry | LoadFile] = [*registry.instances(entry)]
        package = platform.spec.domain_package
        if (instances and not related) or (package is not None and entry.aid == package.file):
            raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
        return [*instances, entry]
    if not entry.is_domain:
        return [entry]
    below = registry.below(entry)
    if below and not related:
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    files = [one for one in below if isinstance(one, LoadFile)]
    foreign = {one.aid for file in files for one in registry.instances(file)} - {one.aid for one in below}
    if foreign:
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    applications = [one for one in below if isinstance(one, AppEntry)]
    return [*reversed(applications), *files, entry]


def _delete_keys(platform: GlobalPlatform, selection: Selection, objects: list[tlv.Tlv]) -> bytes:
    """DELETE [key] of this domain: by identifier D0, version D2, or both (§11.2.2.3.2). Not those in use."""
    key_id, version = tlv.first(objects, _KEY_ID), tlv.first(objects, _KEY_VERSION)
    if any(value is not None and len(value) != 1 for value in (key_id, version)) or (key_id or version) is None:
        raise StatusFault(sw.WRONG_DATA)
    session = selection.session
    keys = platform.keys(selection.entry)
    wanted = version[0] if version is not None else None
    if session is not None and wanted in (None, session.version) and session.version in keys.versions():
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
    if not keys.delete(wanted, key_id[0] if key_id is not None else None):
        raise StatusFault(sw.REFERENCE_NOT_FOUND)
    return b"\x00" + sw.OK
