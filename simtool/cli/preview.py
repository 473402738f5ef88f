"""`simtool profile preview` and `simtool card preview`: what a phone shows, in the terminal and as a picture."""

from __future__ import annotations

import functools
import typing
from dataclasses import dataclass
from pathlib import Path

import click

from simtool.cli.card_options import Desk, Handler, on_card
from simtool.cli.outcome import Outcome, command
from simtool.errors import InputError

if typing.TYPE_CHECKING:
    from simtool.perso.image import CardImage
    from simtool.perso.preview import Preview, Situation

FILE = click.Path(path_type=Path, dir_okay=False)
TECHNOLOGIES = ("2G", "3G", "4G", "5G")
_OPTIONS = (
    click.option("--at", "networks", multiple=True, metavar="MCC-MNC", help="Registered network; home if left out."),
    click.option("--sheet", is_flag=True, help="Home, host and abroad beside each other."),
    click.option("--rat", default="4G", show_default=True, type=click.Choice(TECHNOLOGIES), help="Radio network."),
    click.option("--lac", "--tac", "area", metavar="HEX", help="Location or tracking area code, in hex."),
    click.option("--sim-only", is_flag=True, help="A 2G phone that knows no USIM."),
    click.option("--columns", type=click.IntRange(1, 64), help="Letters that a name has room for.  [default: 20]"),
    click.option("--why", is_flag=True, help="Every decision with its reason and clause."),
    click.option("--svg", type=FILE, help="Write a picture."),
    click.option("--png", type=FILE, help="Write a picture in pixels."),
    click.option("--dark", is_flag=True, help="Pictures with dark colours."),
)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the options ask for."""

    networks: tuple[str, ...]
    sheet: bool
    rat: str
    area: str | None
    sim_only: bool
    columns: int | None
    why: bool
    svg: Path | None
    png: Path | None
    dark: bool


def _with_wish(function: Handler) -> Handler:
    """Give a command the options of a preview, gathered as `wish`."""

    @functools.wraps(function)
    def gather(*args: typing.Any, **kwargs: typing.Any) -> typing.Any:
        mine = {name: kwargs.pop(name) for name in _Wish.__dataclass_fields__}
        return function(*args, wish=_Wish(**mine), **kwargs)

    decorated: Handler = gather
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated


@click.command("preview")
@click.argument("profile", type=click.Path(path_type=Path))
@click.option("--model", "product", help="Card product; if left out the first that the profile fits.")
@click.option("--record", "record_file", type=click.Path(path_type=Path), help="Take the first record of this file.")
@_with_wish
@command
def profile_preview(profile: Path, product: str | None, record_file: Path | None, wish: _Wish) -> Outcome:
    """Show what a phone shows with a card of PROFILE, at home or in another network. Needs no card."""
    from simtool.perso.preview.wanted import wanted_image
    from simtool.perso.profile import Profile
    from simtool.perso.record import load_records

    wanted = Profile.load(profile)
    record = load_records(record_file)[0] if record_file is not None else None
    model, image = wanted_image(wanted, record, product)
    return _outcome(image, model.name, wanted.operator.name, wish)


@click.command("preview")
@on_card
@_with_wish
@command
def card_preview(desk: Desk, wish: _Wish) -> Outcome:
    """Show what a phone shows with the card in the reader. Only reads."""
    from simtool.perso.preview import phone_units, whole_image
    from simtool.perso.read import read_image
    from simtool.perso.technician.names import in_reach

    with desk.open() as (card, model):
        units = [unit for unit in phone_units(model) if in_reach(model, unit.path)]
        credentials = desk.given(card, model)
        image = read_image(card, model, only=units, credentials=credentials, min_tries=desk.min_tries)
    return _outcome(whole_image(image, model), model.name, "", wish)


def _outcome(image: CardImage, product: str, title: str, wish: _Wish) -> Outcome:
    from simtool.perso.preview import preview
    from simtool.perso.preview.terminal import details, drawing

    previews = [preview(image, situation) for situation in _situations(image, wish)]
    written = _pictures(previews, title, wish)
    texts = [drawing(previews)]
    for seen in previews:
        head = [f"at {seen.situation}"] if len(previews) > 1 else []
        texts.append("\n".join([*head, details(seen, why=wish.why)]))
    texts += [f"the picture is in {path}" for path in written]
    value = {
        "product": product,
        "previews": [seen.to_json() for seen in previews],
        "pictures": [str(path) for path in written],
    }
    return Outcome("\n\n".join(texts), value)


def _situations(image: CardImage, wish: _Wish) -> list[Situation]:
    """The networks asked for, in the order given. Raises `InputError`."""
    from simtool.codec.identifiers import Plmn
    from simtool.errors import EncodeError
    from simtool.perso.preview import COLUMNS, Phone, Situation, Technology
    from simtool.perso.preview.wanted import home_network, networks_worth_seeing

    try:
        named = [Plmn.parse(text) for text in wish.networks]
        if wish.sheet:
            named = [*networks_worth_seeing(image), *named]
        elif not named:
            home = home_network(image)
            if home is None:
                hint = "say --at MCC-MNC, or give the PIN with --record FILE or --from-env PIN1=NAME"
                raise InputError("the card's home network cannot be read", field="--at", hint=hint)
            named = [home]
        phone = Phone.SIM_ONLY if wish.sim_only else Phone.USIM
        area = int(wish.area, 16) if wish.area is not None else None
        columns = wish.columns or COLUMNS
        technology = Technology(wish.rat)
        return [Situation(plmn, technology, area, phone, columns) for plmn in dict.fromkeys(named)]
    except EncodeError as error:
        raise InputError(str(error)) from None
    except ValueError:
        raise InputError(f"{wish.area!r} is not a number in hex", field="--lac/--tac") from None


def _pictures(previews: list[Preview], title: str, wish: _Wish) -> list[Path]:
    if wish.svg is None and wish.png is None:
        return []
    from simtool.perso.preview.drawing import Theme
    from simtool.perso.preview.png import png
    from simtool.perso.preview.svg import picture

    drawn = picture(previews, title=title if len(previews) > 1 else "", theme=Theme.DARK if wish.dark else Theme.LIGHT)
    pictures = {wish.svg: drawn.svg.encode()} if wish.svg is not None else {}
    if wish.png is not None:
        pictures[wish.png] = png(drawn)
    for path, content in pictures.items():
        try:
            path.write_bytes(content)
        except OSError as error:
            raise InputError(error.strerror or str(error), place=str(path)) from None
    return list(pictures)
