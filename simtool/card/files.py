"""Moving about on a card: reach files by name with as few commands as the standard allows (TS 102 221 §8.4).

One SELECT by path reaches any file below the MF or below the current application; a short file identifier saves even
that when the file's directory is current. No FCP is asked for: sizes come from the card product's description.
"""

from __future__ import annotations

from simtool.card.commands.base import FID_ADF, FID_MF
from simtool.card.commands.files import RecordMode
from simtool.card.session import Session
from simtool.codec import tlv
from simtool.codec.apdu import CommandApdu
from simtool.errors import DecodeError, StatusError
from simtool.files.path import MF, FilePath
from simtool.files.product import CardModel, FileSpec, FileType

TAG_LIST = 0x5C
NO_OBJECT = 0x6A88
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

    def push_record(self, path: FilePath, data: bytes) -> None:
        """Write the oldest record of a cyclic file, which becomes the first one (TS 102 221 §11.1.6, mode PREVIOUS)."""
        spec = self._model.file(path)
        sfi = self._reach(spec)
        self._session.update_record(0, data, sfi, mode=RecordMode.PREVIOUS, what=str(path), secret=spec.secret)
        self._file = path

    def tags(self, path: FilePath) -> tuple[int, ...]:
        """The tags of all data objects in a BER-TLV file (TS 102 221 §11.3.1: the object 5C)."""
        listed = tlv.first(tlv.parse(self.read_object(path, TAG_LIST)), TAG_LIST) or b""
        return tuple(tlv.split_tags(listed))

    def read_object(self, path: FilePath, tag: int) -> bytes:
        """A data object with its tag and length; empty where the file has none of that tag."""
        spec = self._model.file(path)
        sfi = self._reach(spec)
        what = f"{path}[tag {tag:02X}]"
        try:
            content = self._session.retrieve_data(tag, sfi=sfi, what=what, secret=spec.secret)
        except StatusError as error:
            if error.sw != NO_OBJECT:
                raise
            content = b""
        self._file = path
        return content

    def write_object(self, path: FilePath, tag: int, value: bytes | None) -> None:
        """Write the value of a data object, or (None) delete it."""
        spec = self._model.file(path)
        sfi = self._reach(spec)
        self._session.set_data(tag, value, sfi=sfi, what=f"{path}[tag {tag:02X}]", secret=spec.secret)
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

    def describe(self, path: FilePath) -> bytes:
        """SELECT the file or directory and return what the card says of it: FCP template, or the classic answer."""
        spec = self._model.file(path)
        self._enter_application(path.application)
        if spec.type.is_directory:
            return self._describe_directory(path, spec)
        return self._select(spec, fcp=True)

    def create(self, path: FilePath, fcp: bytes) -> None:
        """CREATE FILE below its directory (TS 102 222 §6.3). Afterwards nothing is known to be selected."""
        self._stand_in(path.parent or MF)
        self._session.create_file(fcp, what=str(path))
        self.forget()

    def resize(self, path: FilePath, fcp: bytes) -> None:
        """RESIZE FILE by its identifier in its directory (TS 102 222 §6.10)."""
        self._stand_in(path.parent or MF)
        self._session.resize_file(fcp, what=str(path))
        self.forget()

    def delete(self, path: FilePath) -> None:
        """DELETE FILE by its identifier in its directory (TS 102 222 §6.4)."""
        self._stand_in(path.parent or MF)
        self._session.delete_file(self._model.file(path).fid, what=str(path))
        self.forget()

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

    def _stand_in(self, directory: FilePath) -> None:
        """Make a directory current, whichever of its files may be selected in it."""
        self._enter_application(directory.application)
        if self._directory != directory:
            self.enter(directory)

    def _describe_directory(self, path: FilePath, spec: FileSpec) -> bytes:
        if path == MF:
            answer = self._session.select_mf(fcp=True)
        elif path == self._application:
            answer = self._session.select_aid(self._aid(path), fcp=True, what=str(path))
        else:
            answer = self._select_path(spec, fcp=True)
        self._directory, self._file = path, None
        return answer

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

    def _select(self, spec: FileSpec, *, fcp: bool = False) -> bytes:
        parent = spec.path.parent or MF
        if self._directory == parent:
            answer = self._session.select_fid(spec.fid, fcp=fcp, what=str(spec.path))
        else:
            answer = self._select_path(spec, fcp=fcp)
        self._directory, self._file = parent, spec.path
        return answer

    def _enter_application(self, application: FilePath | None) -> None:
        if self._session.is_sim:
            return  # class A0 knows no applications: an ADF with a file identifier is one more directory
        if application is not None and application != self._application:
            self._session.select_aid(self._aid(application), what=str(application))
            self._application = self._directory = application
            self._file = None

    def _select_path(self, spec: FileSpec, *, fcp: bool = False) -> bytes:
        """One SELECT by path: from the current application, or from the MF. Returns what the card says if `fcp`."""
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
        return self._session.select_path(path, fcp=fcp, what=str(spec.path))

    def _aid(self, application: FilePath) -> bytes:
        spec = self._model.file(application)
        if spec.type is not FileType.ADF or not spec.aid:
            raise DecodeError(f"{self._model.name}: {application} has no AID")
        return spec.aid
