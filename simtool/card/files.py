"""Moving about on a card: reach files by name with as few commands as the standard allows (TS 102 221 §8.4).

One SELECT by path reaches any file below the MF or below the current application; a short file identifier saves even
that when the file's directory is current. No FCP is asked for: sizes come from the card product's description.
"""

from __future__ import annotations

from simtool.card.commands.base import FID_ADF, FID_MF
from simtool.card.session import Session
from simtool.codec.apdu import CommandApdu
from simtool.errors import DecodeError
from simtool.files.path import MF, FilePath
from simtool.files.product import CardModel, FileSpec, FileType

SFI_OFFSETS = 256  # with a short file identifier the offset has one byte (TS 102 221 §11.1.3)


class CardFiles:
    """The files of one card in use. Keeps track of the current directory and file."""

    def __init__(self, session: Session, model: CardModel) -> None:
        self._session = session
        self._model = model
        self._application: FilePath | None = None
        self._directory: FilePath | None = MF if session.selection.path == (FID_MF,) else None
        self._file: FilePath | None = None

    @property
    def session(self) -> Session:
        """The session for commands that are not about files."""
        return self._session

    def forget(self) -> None:
        """After a reset, or when somebody else used the session: nothing is known to be selected."""
        self._application = self._directory = self._file = None

    def read(self, path: FilePath, record: int = 0) -> bytes:
        """A transparent file's body, or one record."""
        spec = self._model.file(path)
        if record:
            return self.read_record(path, record)
        return self.read_range(path, 0, spec.size or 0)

    def read_range(self, path: FilePath, offset: int, length: int) -> bytes:
        spec = self._model.file(path)
        sfi = self._reach(spec, offset)
        content = self._session.read_binary(length, offset, sfi, what=str(path), secret=spec.secret)
        self._file = path
        return content

    def read_record(self, path: FilePath, number: int) -> bytes:
        spec = self._model.file(path)
        sfi = self._reach(spec)
        what = f"{path}[{number}]"
        content = self._session.read_record(number, spec.record_length, sfi, what=what, secret=spec.secret)
        self._file = path
        return content

    def write_range(self, path: FilePath, offset: int, data: bytes) -> None:
        spec = self._model.file(path)
        sfi = self._reach(spec, offset)
        self._session.update_binary(data, offset, sfi, what=str(path), secret=spec.secret)
        self._file = path

    def write_record(self, path: FilePath, number: int, data: bytes) -> None:
        spec = self._model.file(path)
        sfi = self._reach(spec)
        self._session.update_record(number, data, sfi, what=f"{path}[{number}]", secret=spec.secret)
        self._file = path

    def send_command(self, apdu: bytes, *, what: str) -> None:
        """A command of the vendor's own, in the class that it names. Afterwards nothing is known to be selected."""
        self._session.transact(CommandApdu.decode(apdu), what=what, secret=True)
        self.forget()

    def activate(self, path: FilePath) -> None:
        """Switch a deactivated file on (TS 102 222 §6.10)."""
        spec = self._model.file(path)
        if self._file != path:
            self._enter_application(path.application)
            self._select(spec)
        self._session.activate_file(what=str(path))

    def enter(self, directory: FilePath) -> None:
        """Make a directory current."""
        if self._directory == directory and self._file is None:
            return
        self._enter_application(directory.application)
        if directory == MF:
            self._session.select_mf()
        elif directory == self._application:
            self._session.select_aid(self._aid(directory), what=str(directory))
        else:
            self._select_path(self._model.file(directory))
        self._directory, self._file = directory, None

    def _reach(self, spec: FileSpec, offset: int = 0) -> int | None:
        """Make `spec` current, or return the SFI that does so along with the next command."""
        if self._file == spec.path:
            return None
        parent = spec.path.parent or MF
        self._enter_application(spec.path.application)
        if spec.sfi is not None and offset < SFI_OFFSETS and not self._session.is_sim:
            if self._directory != parent and spec.path.application == parent:
                self.enter(parent)
            if self._directory == parent:
                return spec.sfi
        self._select(spec)
        return None

    def _select(self, spec: FileSpec) -> None:
        parent = spec.path.parent or MF
        if self._directory == parent:
            self._session.select_fid(spec.fid, what=str(spec.path))
        else:
            self._select_path(spec)
        self._directory, self._file = parent, spec.path

    def _enter_application(self, application: FilePath | None) -> None:
        if self._session.is_sim:
            return  # class A0 knows no applications: an ADF with a file identifier is one more directory
        if application is not None and application != self._application:
            self._session.select_aid(self._aid(application), what=str(application))
            self._application = self._directory = application
            self._file = None

    def _select_path(self, spec: FileSpec) -> None:
        """One SELECT by path: from the current application, or from the MF."""
        application = None if self._session.is_sim else spec.path.application
        start = application or MF
        fids: list[int] = []
        walk: FilePath | None = spec.path
        while walk is not None and walk != start:
            fids.append(self._model.file(walk).fid)
            walk = walk.parent
        if application is not None:
            fids.append(FID_ADF)
        path = b"".join(fid.to_bytes(2) for fid in reversed(fids))
        self._session.select_path(path, what=str(spec.path))

    def _aid(self, application: FilePath) -> bytes:
        spec = self._model.file(application)
        if spec.type is not FileType.ADF or not spec.aid:
            raise DecodeError(f"{self._model.name}: {application} has no AID")
        return spec.aid
