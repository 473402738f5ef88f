package corpus;

/** Fields, methods of all visibilities, inheritance, interfaces, inner classes. */
public class Objects {
    interface Shape { short SIDES = 4; short area(); short grow(short by); }
    interface Named extends Shape { byte name(); }
    abstract static class Base implements Shape {
        protected short size; private short secret; byte tag; boolean on; Base link; protected byte[] data;
        protected Base(short size) { this.size = size; secret = (short) (size + 1); data = new byte[2]; link = this; }
        public short grow(short by) { size += by; return size; }
        protected abstract short twice();
        short hidden() { return 1; }
        short hiddenToo() { return 5; }
        private short own() { return secret; }
        public short own(short x) { return (short) (own() + x); }
        public final short last() { return hidden(); }
        static short same() { return 8; }
    }
    static class Square extends Base implements Named {
        short size;
        byte name;
        Square(short size) { super(size); this.size = (short) (size * 2); }
        Square() { this((short) 3); name = 9; }
        public short area() { return (short) (super.size * super.size + size); }
        protected short twice() { return (short) (2 * area()); }
        short hidden() { return (short) (2 + super.hidden()); }
        public byte name() { return name; }
    }
    static class Tall extends Square {
        Square other = new Square(), more;
        short height = 5;
        { height += 2; }
        Tall(short size) { super(size); more = other; }
        public short area() { return (short) (super.area() * height); }
        public short grow(short by) { return (short) (super.grow(by) + 1); }
        public short hidden() { return 100; }
        short hiddenToo() { return (short) (super.hiddenToo() + 1); }
        private short own() { return 77; }
        short mine() { return own(); }
    }
    static class Deeper extends Tall {
        Deeper() { super((short) 2); }
        public short hidden() { return (short) (super.hidden() + 11); }
    }
    public static short virtuals(short a, short b) {
        Base x = (a & 1) == 0 ? new Square(b) : new Tall(b);
        Shape s = x;
        return (short) (x.area() + s.grow(a) + x.twice() + x.hidden() + x.hiddenToo() + x.own(a) + x.last() + Base.same());
    }
    public static short interfaces(short a, short b) {
        Named n = a == 0 ? new Square() : new Deeper();
        Shape s = n;
        return (short) (n.name() + s.area() + n.area() + Shape.SIDES + n.grow(b) + ((Base) s).hidden() + ((Tall) s).mine());
    }
    public static short fields(short a, short b) {
        Tall t = new Tall(a);
        t.tag = (byte) b; t.on = a > b; t.link = t.more; t.data[1] = 4; t.size += 3; t.height++; t.tag -= 2; --t.height;
        ((Base) t).size ^= 5; t.link.size = t.link.tag = 7; t.on |= t.tag > 3;
        return (short) (t.tag + (t.on ? 1 : 2) + t.link.size + t.data[1] + t.size + t.height + ((Base) t).size + t.size++ + ++t.size);
    }
    public static short identity(short a, short b) {
        Object o = new Objects(), p = a == 0 ? o : new Objects();
        return (short) ((o == p ? 1 : 2) + (o != p ? 4 : 8) + (o.equals(p) ? 16 : 32) + (o instanceof Base ? 64 : 0)
            + (new Tall(a) instanceof Object ? 128 : 0));
    }
    public static short instances(short a, short b) {
        Object[] all = {new Square(), new Tall(a), new Deeper(), new Objects(), null};
        short r = 0;
        for (byte i = 0; i < all.length; i++) {
            Object o = all[i];
            if (o instanceof Shape) r += 1;
            if (o instanceof Named) r += 10;
            if (o instanceof Tall) r += 100;
            if (o instanceof Deeper) r += 1000;
        }
        return (short) (r + ((Shape) all[a & 3]).area());
    }
    private short held;
    private static short shared;
    class Inner {
        short add(short x) { held += x; shared++; return (short) (held + outerOnly()); }
        class Innermost { short both() { return (short) (held + add((short) 2)); } }
    }
    private short outerOnly() { return 3; }
    public static short inner(short a, short b) {
        shared = b;
        Objects o = new Objects();
        o.held = a;
        Inner i = o.new Inner();
        Inner.Innermost m = i.new Innermost();
        return (short) (i.add((short) 4) + m.both() + shared + o.held);
    }
    public static short innerOfNull(short a, short b) { Objects o = a == 0 ? null : new Objects(); return o.new Inner().add(b); }
    public static short anonymous(final short a, short b) {
        final byte c = (byte) b;
        final byte[] d = {5, 6};
        Shape s = new Shape() {
            short count = 2;
            public short area() { return (short) (a + c + count++ + d[1]); }
            public short grow(short by) { return (short) (area() * by); }
        };
        class Local { short twice() { return (short) (s.area() + a); } }
        return (short) (s.area() + s.grow((short) 3) + new Local().twice());
    }
    private static class Private { private short x; private Private(short x) { this.x = x; } private short get() { return x; } }
    public static short privates(short a, short b) { Private p = new Private(a); p.x += b; return (short) (p.get() + p.x); }
    static abstract class Partial implements Shape { public short twice() { return (short) (area() + grow((short) 1)); } }
    static class Whole extends Partial {
        public short area() { return 30; }
        public short grow(short by) { return by; }
    }
    public static short partial(short a, short b) { Partial p = new Whole(); return (short) (p.twice() + p.area() + p.grow(a)); }
    static class Chain {
        Chain next; short value;
        Chain(short value, Chain next) { this.value = value; this.next = next; }
        Chain add(short more) { value += more; return this; }
        short total() { return next == null ? value : (short) (value + next.total()); }
    }
    public static short chain(short a, short b) { return new Chain(a, new Chain(b, null)).add((short) 5).add(a).total(); }
    static <T> T generic(T x) { return x; }
    public static short generics(short a, short b) { return generic(new Square(a)).area(); }
    static class Covariant extends Chain { Covariant(short v) { super(v, null); } Covariant add(short more) { value += 2 * more; return this; } }
    public static short covariant(short a, short b) { Chain c = new Covariant(a); return c.add(b).total(); }
    public static short many(short a, short b) { return eight(a, b, (byte) 1, true, BASE, null, (short) 7, (byte) 8); }
    private static final byte[] BASE = {1};
    private static short eight(short a, short b, byte c, boolean d, byte[] e, Object f, short g, byte h) {
        return (short) (a + 2 * b + 3 * c + (d ? 4 : 0) + e.length + (f == null ? 1 : 0) + g + h);
    }
}
