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

    private final Reader reader;

    MenuCheck(Reader reader) {
        this.reader = reader;
    }

    boolean isGood(byte[] bytes, short at, short limit) {
        return isWhole(bytes, at, limit)
            && reader.find(bytes, Tags.TITLE, at, limit)
            && areTexts(bytes, Tags.TITLE_MOST)
            && mayHaveTexts(bytes, Tags.FAILED, at, limit)
            && mayHaveTexts(bytes, Tags.DONE, at, limit)
            && mayHaveTexts(bytes, Tags.AUTOMATIC, at, limit)
            && (!reader.find(bytes, Tags.LANGUAGES, at, limit) || areLanguages(bytes))
            && reader.find(bytes, Tags.ITEMS, at, limit)
            && areItems(bytes, (short) 1);
    }

    /** Objects follow one another up to the limit. */
    private boolean isWhole(byte[] bytes, short at, short limit) {
        while (at < limit) {
            if (!reader.open(bytes, (short) (at + 1), limit)) {
                return false;
            }
            at = reader.end();
        }
        return true;
    }

    private boolean mayHaveTexts(byte[] bytes, byte tag, short at, short limit) {
        return !reader.find(bytes, tag, at, limit) || areTexts(bytes, Tags.TEXT_MOST);
    }

    /** In what was found last: texts, none of them longer than `most`. */
    private boolean areTexts(byte[] bytes, short most) {
        return longest(bytes, most) > 0;
    }

    /** The length of the longest of the texts in what was found last; 0 where something is wrong with them. */
    private short longest(byte[] bytes, short most) {
        short at = reader.value();
        short limit = reader.end();
        short longest = 0;
        while (at < limit) {
            if (!reader.open(bytes, (short) (at + LETTERS), limit) || reader.length() > most) {
                return 0;
            }
            if (reader.length() > longest) {
                longest = reader.length();
            }
            at = reader.end();
        }
        return longest;
    }

    private boolean areLanguages(byte[] bytes) {
        short at = reader.value();
        short limit = reader.end();
        short size = 0;
        while (at < limit) {
            if (!reader.open(bytes, at, limit)) {
                return false;
            }
            short end = reader.end();
            if (!reader.open(bytes, (short) (reader.value() + LETTERS), end) || reader.end() != end) {
                return false;
            }
            size += (short) (reader.length() + ITEM_FRAME);
            at = end;
        }
        return size <= Tags.LIST_MOST;
    }

    /** In what was found last: items, each behind its length. */
    private boolean areItems(byte[] bytes, short depth) {
        short at = reader.value();
        short limit = reader.end();
        short size = 0;
        if (depth > Tags.DEPTH || at == limit) {
            return false;
        }
        while (at < limit) {
            if (!reader.open(bytes, at, limit)) {
                return false;
            }
            short end = reader.end();
            short length = item(bytes, reader.value(), end, depth);
            if (length == 0) {
                return false;
            }
            size += (short) (length + ITEM_FRAME);
            at = end;
        }
        return size <= Tags.LIST_MOST;
    }

    /** The length of the longest text of an item; 0 where something is wrong with it. */
    private short item(byte[] bytes, short at, short limit, short depth) {
        if (!isWhole(bytes, at, limit) || !reader.find(bytes, Tags.TEXT, at, limit)) {
            return 0;
        }
        short longest = longest(bytes, Tags.TITLE_MOST);
        boolean good = mayHaveTexts(bytes, Tags.ASK, at, limit)
            && (!reader.find(bytes, Tags.INPUT, at, limit) || isInput(bytes))
            && isAction(bytes, at, limit, depth);
        return good ? longest : 0;
    }

    /** Texts behind their length, then two numbers. */
    private boolean isInput(byte[] bytes) {
        short limit = reader.end();
        if (!reader.open(bytes, reader.value(), limit) || (short) (limit - reader.end()) != NUMBERS_OF_INPUT) {
            return false;
        }
        return areTexts(bytes, Tags.TEXT_MOST);
    }

    /** There is just one action, and it is whole. */
    private boolean isAction(byte[] bytes, short at, short limit, short depth) {
        short actions = 0;
        while (at < limit) {
            byte tag = bytes[at];
            reader.open(bytes, (short) (at + 1), limit);
            at = reader.end();
            if (tag != Tags.TEXT && tag != Tags.ASK && tag != Tags.INPUT) {
                if (!isWholeAction(bytes, tag, depth)) {
                    return false;
                }
                actions++;
            }
        }
        return actions == 1;
    }

    private boolean isWholeAction(byte[] bytes, byte tag, short depth) {
        switch (tag) {
            case Tags.USSD:
            case Tags.BROWSER:
                return reader.length() > 0 && reader.length() <= Tags.CODE_MOST;
            case Tags.CALL:
                return reader.length() > 1 && reader.length() <= Tags.NUMBER_MOST;
            case Tags.SMS:
                return isMessage(bytes, reader.value(), reader.end());
            case Tags.SHOW:
                return areTexts(bytes, Tags.TEXT_MOST);
            case Tags.SUBMENU:
                return areItems(bytes, (short) (depth + 1));
            case Tags.LANGUAGE:
                return true;
            default:
                return false;
        }
    }

    private boolean isMessage(byte[] bytes, short at, short limit) {
        return isWhole(bytes, at, limit)
            && reader.find(bytes, Tags.SMS_TO, at, limit)
            && reader.length() > 1
            && reader.length() <= Tags.NUMBER_MOST
            && reader.find(bytes, Tags.SMS_TEXT, at, limit)
            && reader.length() <= Tags.CODE_MOST;
    }
}
