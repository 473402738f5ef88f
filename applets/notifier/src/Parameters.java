package org.simtool.notifier;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;

/** What the profile says: texts by language, the mailbox, the application whose files tell of waiting messages. */
final class Parameters {
    private static final short LETTERS = 2;

    final Reader reader;
    final byte[] bytes;

    /** A copy of the parameters. Throws ISOException 6A80 where they are not what the manifest says. */
    Parameters(Reader reader, byte[] from, short offset, short length) {
        this.reader = reader;
        bytes = new byte[length];
        Util.arrayCopyNonAtomic(from, offset, bytes, (short) 0, length);
        if (!isGood()) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
    }

    boolean find(byte tag) {
        return reader.find(bytes, tag, (short) 0, (short) bytes.length);
    }

    boolean findText(byte tag, short language) {
        return find(tag) && reader.text(bytes, language, reader.value(), reader.end());
    }

    private boolean isGood() {
        return reader.isWhole(bytes, (short) 0, (short) bytes.length)
            && hasTexts(Tags.TITLE, Tags.TITLE_MOST)
            && hasTexts(Tags.MISSED, Tags.TEXT_MOST)
            && hasTexts(Tags.VOICEMAIL, Tags.TEXT_MOST)
            && hasTexts(Tags.CALL_BACK, Tags.TEXT_MOST)
            && hasTexts(Tags.EMPTY, Tags.TEXT_MOST)
            && find(Tags.APPLICATION)
            && reader.length() >= 5
            && reader.length() <= 16
            && (!find(Tags.MAILBOX) || reader.isNumber());
    }

    /** At least one text, and none that is empty or too long. */
    private boolean hasTexts(byte tag, short most) {
        if (!find(tag)) {
            return false;
        }
        short at = reader.value();
        short limit = reader.end();
        if (at == limit) {
            return false;
        }
        while (at < limit) {
            boolean there = reader.open(bytes, (short) (at + LETTERS), limit);
            if (!there || reader.length() == 0 || reader.length() > most) {
                return false;
            }
            at = reader.end();
        }
        return true;
    }
}
