package corpus;

/** Every operator, on short, byte and boolean. */
public class Arithmetic {
    public static short sums(short a, short b) { return (short) (a + b - 3 * a + (b << 2)); }
    public static short products(short a, short b) { return (short) (a * b * a); }
    public static short quotient(short a, short b) { return (short) (a / b); }
    public static short remainder(short a, short b) { return (short) (a % b); }
    public static short negative(short a, short b) { return (short) -(a + b); }
    public static short complement(short a, short b) { return (short) ~(a | b); }
    public static short bits(short a, short b) { return (short) ((a & b) ^ (a | 0x5555) ^ (b & 0x8001)); }
    public static short shifts(short a, short b) { return (short) ((a << 3) + (a >> 2) + (a >>> 4)); }
    public static short shiftBy(short a, short b) { return (short) (a >> b); }
    public static short shiftLeftBy(short a, short b) { return (short) (a << b); }
    public static short shiftUnsignedBy(short a, short b) { return (short) (a >>> b); }
    public static short unsignedShift(short a, short b) { return (short) ((a & 0xFF) >>> 3); }
    public static short bytes(short a, short b) { byte x = (byte) a; x += b; x++; x <<= 1; return x; }
    public static short castTwice(short a, short b) { return (byte) (short) (a + b); }
    public static short unsignedByte(short a, short b) { return (short) ((byte) a & 0xFF); }
    public static short highByte(short a, short b) { return (byte) (a >> 8); }
    public static short makeShort(short a, short b) { return (short) ((a & 0xFF) << 8 | b & 0xFF); }
    public static short safeSum(short a, short b) {
        if ((a & 0xFF) + (b & 0xFF) > 300) return 1;
        return 0;
    }
    public static short unsignedEquals(short a, short b) {
        if ((a & 0xFFFF) == 0x9000) return 1;
        if ((a & 0x8000) != 0) return 2;
        return (short) ((a & 0xFFFF) == (b & 0xFFFF) ? 3 : 4);
    }
    public static short unsignedSwitch(short a, short b) {
        switch (a & 0xFFFF) {
            case 0: return 1;
            case 0x8000: return 2;
            case 0xFFFF: return 3;
            case 0x7FFF: return 4;
            default: return 5;
        }
    }
    public static short maskedQuotient(short a, short b) { return (short) ((a & 0x7F) / 10 * 16 + (a & 0x7F) % 10); }
    public static short constantQuotient(short a, short b) { return a / 10 > 3 ? (short) 1 : (short) 0; }
    public static short compound(short a, short b) {
        short x = a;
        x += b; x -= 7; x *= 3; x |= 0x10; x &= 0x7FF0; x ^= b; x >>= 1; x <<= 2; x >>>= 1; x %= 1000; x /= 7;
        return x;
    }
    public static short increments(short a, short b) {
        short x = a;
        x++; ++x; x--; x += 100; x -= 100; x += 200; x += 1000; x -= 128;
        return (short) (x++ + ++x);
    }
    public static short localInt(short a, short b) { int x = a + b; return (short) x; }
    public static short localIntByte(short a, short b) { int x = (a & 0xFF); int y = x << 4; return (short) (y | b & 0xF); }
    public static short constants(short a, short b) {
        return (short) (a + -1 + 0 + 5 + 6 + 127 + 128 + -128 + -129 + 32767 + -32768 + 0x8000 + 0xFFFF);
    }
    public static short booleans(short a, short b) {
        boolean x = a > b, y = a == b, z = x ^ y, w = x & !y | z;
        w |= x; w &= y; w ^= z;
        return (short) ((x ? 1 : 0) + (y ? 2 : 0) + (z ? 4 : 0) + (w ? 8 : 0) + (x && y || !z ? 16 : 0));
    }
    public static short comparisons(short a, short b) {
        short r = 0;
        if (a < b) r += 1;
        if (a <= b) r += 2;
        if (a > b) r += 4;
        if (a >= b) r += 8;
        if (a == b) r += 16;
        if (a != b) r += 32;
        if (a < 0) r += 64;
        if (a <= 0) r += 128;
        if (a > 0) r += 256;
        if (a >= 0) r += 512;
        if (a == 0) r += 1024;
        if (a != 0) r += 2048;
        return r;
    }
    public static short conditional(short a, short b) { return a > b ? a : b > 5 ? (short) (b - 1) : (short) (a + 1); }
    public static short chained(short a, short b) { short x, y, z; x = y = z = (short) (a + b); return (short) (x + y + z); }
    public static short byteCompare(short a, short b) { byte x = (byte) a; return (short) (x == (byte) 0x90 ? 1 : x < 0 ? 2 : 3); }
}
