package corpus;

/** Arrays of all kinds, and those that are there from the start. */
public class Arrays {
    static final byte[] BYTES = {1, 2, -3, (byte) 0x80, 0, 127};
    static final short[] SHORTS = {1000, -1000, 0, 32767, -32768};
    static final boolean[] FLAGS = {true, false, true};
    static final byte[] EMPTY = {};
    static byte[] zeros = new byte[5];
    static byte[] later;
    static short number = 258;
    static byte small = -2;
    static boolean yes = true;
    static short zero = 0;
    static final short CONSTANT = 77;
    static Object nothing = null;

    public static short initial(short a, short b) {
        return (short) (BYTES[2] + BYTES[3] + SHORTS[0] + SHORTS[4] + (FLAGS[2] ? 1 : 0) + EMPTY.length + zeros.length
            + number + small + (yes ? 3 : 4) + zero + CONSTANT + (nothing == null ? 5 : 6) + (later == null ? 7 : 8));
    }
    public static short index(short a, short b) { return (short) (BYTES[a] + SHORTS[b]); }
    public static short computed(short a, short b) { return BYTES[a + 1]; }
    public static short masked(short a, short b) { return SHORTS[(a & 3) + (b & 1)]; }
    public static short stores(short a, short b) {
        byte[] x = new byte[6]; short[] y = new short[3]; boolean[] z = new boolean[2];
        x[0] = (byte) a; x[1] = (byte) (a >> 8); x[2] += 5; x[2]++; x[2] <<= 1; --x[3]; x[4] = x[5] = (byte) b;
        y[0] = a; y[1] += b; y[1] -= 3; y[2] = y[0]++; y[0] ^= y[1]++;
        z[0] = a > b; z[1] |= z[0]; z[1] ^= true;
        short i = 0;
        x[i++] += 1; x[i++] -= 1;
        return (short) (x[0] + 3 * x[1] + 5 * x[2] + 7 * x[3] + 9 * x[4] + 11 * y[0] + 13 * y[1] + y[2] + (z[1] ? 1 : 2) + i);
    }
    public static short bad(short a, short b) {
        short[] x = new short[a % 300];
        x[b] = 1;
        return (short) x.length;
    }
    public static short objects(short a, short b) {
        Object[] x = new Object[3];
        x[0] = BYTES; x[1] = x; x[2] = new Arrays();
        short r = (short) x.length;
        if (x[0] instanceof byte[]) r += 10;
        if (x[0] instanceof short[]) r += 100;
        if (x[1] instanceof Object[]) r += 1000;
        if (x[2] instanceof Arrays) r += 2000;
        byte[] y = (byte[]) x[0];
        Object[] z = (Object[]) x[1];
        return (short) (r + y[1] + z.length + (z == x ? 4 : 5) + (z[a & 3] != null ? 6 : 7));
    }
    public static short storeCheck(short a, short b) {
        Object[] x = new Arrays[2];
        x[a & 1] = b == 0 ? new Arrays() : new Object();
        return 1;
    }
    public static short castCheck(short a, short b) {
        Object x = a == 0 ? (Object) BYTES : a == 1 ? (Object) SHORTS : null;
        byte[] y = (byte[]) x;
        return (short) y.length;
    }
    public static short literal(short a, short b) {
        byte[] x = {1, (byte) a, 3}; short[] y = new short[] {b, 2}; Object[] z = {x, y, null};
        return (short) (x[1] + y[0] + z.length + sum(x));
    }
    private static short sum(byte[] x) { short r = 0; for (byte one : x) r += one; return r; }
    public static short statics(short a, short b) {
        number += a; number++; small = (byte) number; small++; yes = !yes; later = new byte[] {small}; zeros[2] = (byte) b;
        return (short) (number + small + (yes ? 1 : 0) + later[0] + zeros[2]++ + zeros[2]);
    }
    public static short equality(short a, short b) { return (short) ((BYTES.equals(a == 0 ? BYTES : null) ? 1 : 0)); }
}
