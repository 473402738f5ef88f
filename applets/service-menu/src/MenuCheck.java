package org.simtool.servicemenu;

/**
 * Whether data are a menu: every object where it has to be and whole, every action one that is known, no list too long
 * for a screen. What has passed here can be shown without a second thought.
 */
final class MenuCheck {
    private static final short LETTERS = 2;
    private static final short NUMBERS_OF_INPUT = 2;
    /** What tag, length and identifier of an item take in SELECT ITEM. */
    private static final short ITEM_FRAME = 3;

    private MenuCheck() {
    }

    static boolean isGood(Reader reader, short at, short limit) {
        return isWhole(reader, at, limit)
            && reader.find(Tags.TITLE, at, limit)
            && areTexts(reader, Tags.TITLE_MOST)
            && mayHaveTexts(reader, Tags.FAILED, at, limit)
            && mayHaveTexts(reader, Tags.DONE, at, limit)
            && mayHaveTexts(reader, Tags.AUTOMATIC, at, limit)
            && (!reader.find(Tags.LANGUAGES, at, limit) || areLanguages(reader))
            && reader.find(Tags.ITEMS, at, limit)
            && areItems(reader, (short) 1);
    }

    /** Objects follow one another up to the limit. */
    private static boolean isWhole(Reader reader, short at, short limit) {
        while (at < limit) {
            if (!reader.open((short) (at + 1), limit)) {
                return false;
            }
            at = reader.end();
        }
        return true;
    }

    private static boolean mayHaveTexts(Reader reader, byte tag, short at, short limit) {
        return !reader.find(tag, at, limit) || areTexts(reader, Tags.TEXT_MOST);
    }

    /** In what was found last: texts, none of them longer than `most`. */
    private static boolean areTexts(Reader reader, short most) {
        return longest(reader, most) > 0;
    }

    /** The length of the longest of the texts in what was found last; 0 where something is wrong with them. */
    private static short longest(Reader reader, short most) {
        short at = reader.value();
        short limit = reader.end();
        short longest = 0;
        while (at < limit) {
            if (!reader.open((short) (at + LETTERS), limit) || reader.length() > most) {
                return 0;
            }
            if (reader.length() > longest) {
                longest = reader.length();
            }
            at = reader.end();
        }
        return longest;
    }

    private static boolean areLanguages(Reader reader) {
        short at = reader.value();
        short limit = reader.end();
        short size = 0;
        while (at < limit) {
            if (!reader.open(at, limit)) {
                return false;
            }
            short end = reader.end();
            if (!reader.open((short) (reader.value() + LETTERS), end) || reader.end() != end) {
                return false;
            }
            size += (short) (reader.length() + ITEM_FRAME);
            at = end;
        }
        return size <= Tags.LIST_MOST;
    }

    /** In what was found last: items, each behind its length. */
    private static boolean areItems(Reader reader, short depth) {
        short at = reader.value();
        short limit = reader.end();
        short size = 0;
        if (depth > Tags.DEPTH || at == limit) {
            return false;
        }
        while (at < limit) {
            if (!reader.open(at, limit)) {
                return false;
            }
            short end = reader.end();
            short length = item(reader, reader.value(), end, depth);
            if (length == 0) {
                return false;
            }
            size += (short) (length + ITEM_FRAME);
            at = end;
        }
        return size <= Tags.LIST_MOST;
    }

    /** The length of the longest text of an item; 0 where something is wrong with it. */
    private static short item(Reader reader, short at, short limit, short depth) {
        if (!isWhole(reader, at, limit) || !reader.find(Tags.TEXT, at, limit)) {
            return 0;
        }
        short longest = longest(reader, Tags.TITLE_MOST);
        boolean good = mayHaveTexts(reader, Tags.ASK, at, limit)
            && (!reader.find(Tags.INPUT, at, limit) || isInput(reader))
            && isAction(reader, at, limit, depth);
        return good ? longest : 0;
    }

    /** Texts behind their length, then two numbers. */
    private static boolean isInput(Reader reader) {
        short limit = reader.end();
        if (!reader.open(reader.value(), limit) || (short) (limit - reader.end()) != NUMBERS_OF_INPUT) {
            return false;
        }
        return areTexts(reader, Tags.TEXT_MOST);
    }

    /** There is just one action, and it is whole. */
    private static boolean isAction(Reader reader, short at, short limit, short depth) {
        short actions = 0;
        while (at < limit) {
            byte tag = reader.bytes[at];
            reader.open((short) (at + 1), limit);
            at = reader.end();
            if (tag != Tags.TEXT && tag != Tags.ASK && tag != Tags.INPUT) {
                if (!isWholeAction(reader, tag, depth)) {
                    return false;
                }
                actions++;
            }
        }
        return actions == 1;
    }

    private static boolean isWholeAction(Reader reader, byte tag, short depth) {
        switch (tag) {
            case Tags.USSD:
            case Tags.BROWSER:
                return reader.length() > 0 && reader.length() <= Tags.CODE_MOST;
            case Tags.CALL:
                return reader.length() > 1 && reader.length() <= Tags.NUMBER_MOST;
            case Tags.SMS:
                return isMessage(reader, reader.value(), reader.end());
            case Tags.SHOW:
                return areTexts(reader, Tags.TEXT_MOST);
            case Tags.SUBMENU:
                return areItems(reader, (short) (depth + 1));
            case Tags.LANGUAGE:
                return true;
            default:
                return false;
        }
    }

    private static boolean isMessage(Reader reader, short at, short limit) {
        return isWhole(reader, at, limit)
            && reader.find(Tags.SMS_TO, at, limit)
            && reader.length() > 1
            && reader.length() <= Tags.NUMBER_MOST
            && reader.find(Tags.SMS_TEXT, at, limit)
            && reader.length() <= Tags.CODE_MOST;
    }
}
