package corpus;

/** Loops, switches, labels, exceptions. */
public class Flow {
    static short trace;

    public static short loops(short a, short b) {
        short sum = 0;
        for (short i = 0; i < 10; i++) {
            if (i == 3) continue;
            if (i > (a & 7)) break;
            sum += i;
        }
        short n = (short) (b & 15);
        while (n > 0) { sum = (short) (sum * 3 + n); n--; }
        do { sum++; n++; } while (n < 4);
        return sum;
    }
    public static short labelled(short a, short b) {
        short count = 0;
        outer:
        for (byte i = 0; i < 5; i++) {
            for (byte j = 0; j < 5; j++) {
                if (i * j > (a & 15)) continue outer;
                if (i + j > (b & 15)) break outer;
                count++;
            }
        }
        return count;
    }
    public static short dense(short a, short b) {
        switch (a) {
            case 0: return 100;
            case 1: return 101;
            case 2: b++;
            case 3: b += 2; break;
            case 4: return b;
            case 5: case 6: b = 1;
        }
        return b;
    }
    public static short sparse(short a, short b) {
        switch (a) {
            case -32768: return 1;
            case -1: return 2;
            case 100: return 3;
            case 1000: return 4;
            case 32767: return 5;
        }
        return 6;
    }
    public static short byteSwitch(short a, short b) {
        switch ((byte) a) {
            case (byte) 0x80: return 1;
            case 0x7F: return 2;
            case 0: return 3;
            default: return 4;
        }
    }
    public static short onlyDefault(short a, short b) { switch (a) { default: b++; } return b; }
    public static short caught(short a, short b) {
        try { return (short) (a / b); } catch (ArithmeticException e) { return -7; }
    }
    public static short uncaught(short a, short b) {
        if (a == 3) throw new SecurityException();
        if (a == 4) throw null;
        byte[] array = new byte[2];
        return array[b];
    }
    public static short finallyRuns(short a, short b) {
        trace = 0;
        short result = withFinally(a, b);
        return (short) (trace * 100 + result);
    }
    private static short withFinally(short a, short b) {
        try {
            trace++;
            if (a == 0) return 1;
            if (a == 1) throw new NullPointerException();
            return (short) (b / (a - 2 == 0 ? 0 : 1));
        } catch (NullPointerException e) {
            trace += 2;
            return 3;
        } catch (ArithmeticException e) {
            trace += 4;
            if (b == 0) return 5;
        } finally {
            trace += 8;
            if (b == 1) trace += 16;
        }
        return 7;
    }
    public static short nestedTry(short a, short b) {
        short r = 0;
        try {
            try {
                r += step(a);
                try { r += step(b); } finally { r += 100; }
            } catch (ArrayIndexOutOfBoundsException e) { r += 1000; } finally { r += 10; }
            r += step((short) (a + b));
        } catch (RuntimeException e) {
            r += 2000;
        }
        return r;
    }
    private static short step(short x) {
        switch (x) {
            case 0: return 1;
            case 1: throw new ArrayIndexOutOfBoundsException();
            case -1: throw new ArithmeticException();
            case 5: throw new NegativeArraySizeException();
            default: return 2;
        }
    }
    public static short tryInLoop(short a, short b) {
        short r = 0;
        for (short i = -2; i < 4; i++) {
            try {
                if (i == (a & 3)) continue;
                if (i == (b & 3)) break;
                r += 12 / i;
            } catch (ArithmeticException e) {
                r += 50;
            } finally {
                r++;
            }
        }
        return r;
    }
    public static short rethrown(short a, short b) {
        try {
            try { return (short) (a / b); } catch (RuntimeException e) { trace = 1; throw e; } finally { trace += 5; }
        } catch (ArithmeticException e) { return trace; }
    }
    static class Own extends RuntimeException {
        short code;
        Own(short code) { this.code = code; }
    }
    static class Checked extends Exception { }
    public static short ownException(short a, short b) {
        try { thrower(a); return 0; } catch (Own e) { return (short) (e.code + b); } catch (Checked e) { return 99; }
    }
    private static void thrower(short a) throws Checked {
        if (a == 1) throw new Checked();
        if (a != 0) throw new Own(a);
    }
    /** Branches longer than 127 bytes. */
    public static short far(short a, short b) {
        short r = 0;
        for (short i = 0; i < 3; i++) {
            if (a > b) {
                r += 1001; r ^= 2002; r += 3003; r ^= 4004; r += 5005; r ^= 6006; r += 7007; r ^= 8008; r += 9009;
                r ^= 1010; r += 1111; r ^= 1212; r += 1313; r ^= 1414; r += 1515; r ^= 1616; r += 1717; r ^= 1818;
                r += a; r ^= b; r += 1111; r ^= 1212; r += 1313; r ^= 1414; r += 1515; r ^= 1616; r += 1717; r ^= 18;
            } else {
                r += a;
            }
        }
        return r;
    }
    public static short manyLocals(short a, short b) {
        short c = (short) (a + 1), d = (short) (b + 1), e = (short) (c + d), f = (short) (e + 1), g = (short) (f + 1);
        short h = (short) (g + 1), i = (short) (h + 1), j = (short) (i + 1), k = (short) (j + 1), l = (short) (k + 1);
        short m = (short) (l + 1), n = (short) (m + 1), o = (short) (n + 1), p = (short) (o + 1), q = (short) (p + 1);
        return (short) (c + d + e + f + g + h + i + j + k + l + m + n + o + p + q);
    }
    public static short intCounters(short a, short b) {
        short r = 0;
        for (int i = 0; i < 10; i++) r += i;
        for (int i = 3; i >= 0; i -= 2) r += Arrays.SHORTS[i];
        short n = (short) (a & 7);
        for (int i = 0; i != n; i++) { if (i > 20) break; r ^= i; }
        for (int i = 0; n > i; ) r += ++i;
        byte[] bytes = {1, 2, (byte) a};
        for (byte one : bytes) for (short other : Arrays.SHORTS) r += one * other;
        return r;
    }
    public static short impossible(short a, short b) {
        if ((a & 0xFF) > 300) { short x = (short) (a & 0xFF); x += b; return (byte) x; }
        int k = a & 0xFF;
        if (k > 300) return (byte) k;
        if (k == 5) return (short) (k * 2);
        if (k != 7) return (short) (k / 2);
        return b;
    }
    public static short recursion(short a, short b) { return fib((short) (a & 7)); }
    private static short fib(short n) { return n < 2 ? n : (short) (fib((short) (n - 1)) + fib((short) (n - 2))); }
    public static short swaps(short a, short b) {
        for (; ; ) { if (a > b) break; a += 3; if (a < 0) { a = b; break; } short t = a; a = b; b = (short) (t - 5); if (b < -100) break; }
        return a;
    }
}
