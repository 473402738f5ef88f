"""javacardx.framework.tlv (Java Card API 3.0.5)."""

from __future__ import annotations

from simtool.softcard.jcvm.api.javacard.framework.exceptions import reasoned
from simtool.softcard.jcvm.api.javacardx.framework.tlv import arrays, tlvs
from simtool.softcard.jcvm.api.javacardx.framework.tlv.common import TLV_EXCEPTION
from simtool.softcard.jcvm.api.javacardx.framework.tlv.tags import TAGS
from simtool.softcard.jcvm.native import NativeClass

_INSTANCE = "getInstance([BSS)Ljavacardx/framework/tlv/BERTLV;"

CLASSES: tuple[NativeClass, ...] = (
    reasoned(TLV_EXCEPTION),
    *TAGS,
    NativeClass(
        tlvs.TLV,
        {"<init>()V": tlvs.construct_tlv, _INSTANCE: tlvs.get_instance, **tlvs.OF_ANY, **arrays.OF_ANY},
        state=tlvs.TlvState,
    ),
    NativeClass(tlvs.PRIMITIVE, {**tlvs.OF_PRIMITIVE, **arrays.OF_PRIMITIVE}),
    NativeClass(tlvs.CONSTRUCTED, {**tlvs.OF_CONSTRUCTED, **arrays.OF_CONSTRUCTED}),
)
