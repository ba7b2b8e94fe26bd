package kinema.weights.pickle;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a pickle of plain data: dictionaries become maps, lists and tuples lists, whole numbers {@code Long} (or {@code
 * BigInteger}), and None null. A pickle is a program for a stack machine; of its instructions this knows those that build
 * data, and of Python's names only those of a {@link PickleGlobals}. So no pickle can run anything here.
 *
 * @see <a href="https://peps.python.org/pep-3154/">the format, up to protocol 4</a>
 */
public final class Unpickler {
    private static final Object MARK = new Object();
    private static final int NEWEST_PROTOCOL = 5;

    private final PickleBytes in;
    private final PickleGlobals globals;
    private final List<@Nullable Object> stack = new ArrayList<>();
    private final Map<Long, @Nullable Object> memo = new HashMap<>();
    private int opcode;
    private int at;

    private Unpickler(byte[] pickle, PickleGlobals globals) {
        in = new PickleBytes(pickle);
        this.globals = globals;
    }

    /**
     * The value a pickle stands for.
     *
     * @throws PickleException when it is damaged, or asks for anything but plain data and the names given
     */
    public static @Nullable Object load(byte[] pickle, PickleGlobals globals) {
        return new Unpickler(pickle, globals).run();
    }

    /**
     * The value of one of several pickles that follow one another, and where the next one begins.
     *
     * @param value null for None
     * @param end the first byte behind the pickle
     */
    public record Found(@Nullable Object value, int end) {}

    /**
     * The value of the pickle that begins at a byte.
     *
     * @throws PickleException as {@link #load}
     */
    public static Found load(byte[] pickles, int begin, PickleGlobals globals) {
        Unpickler unpickler = new Unpickler(pickles, globals);
        unpickler.in.skip(begin);
        Object value = unpickler.run();
        return new Found(value, unpickler.in.position());
    }

    private @Nullable Object run() {
        while (true) {
            at = in.position();
            opcode = in.u1();
            if (opcode == '.') {
                return pop();
            }
            if (!atom() && !text() && !collection() && !bookkeeping() && !object()) {
                throw error("is none that plain data needs");
            }
        }
    }

    /** Numbers, truth and None. */
    private boolean atom() {
        switch (opcode) {
            case 'N' -> stack.add(null);
            case 0x88 -> stack.add(true);
            case 0x89 -> stack.add(false);
            case 'J' -> stack.add((long) in.i4());
            case 'K' -> stack.add((long) in.u1());
            case 'M' -> stack.add((long) in.u2());
            case 0x8a -> stack.add(in.integer(in.u1()));
            case 0x8b -> stack.add(in.integer(in.u4()));
            case 'G' -> stack.add(in.f8());
            default -> {
                return false;
            }
        }
        return true;
    }

    /** Texts and bytes. */
    private boolean text() {
        switch (opcode) {
            case 0x8c, 'U' -> stack.add(in.text(in.u1()));
            case 'X', 'T' -> stack.add(in.text(in.u4()));
            case 0x8d -> stack.add(in.text(in.i8()));
            case 'C' -> stack.add(in.take(in.u1()));
            case 'B' -> stack.add(in.take(in.u4()));
            case 0x8e -> stack.add(in.take(in.i8()));
            default -> {
                return false;
            }
        }
        return true;
    }

    /** Dictionaries, lists and tuples. */
    private boolean collection() {
        switch (opcode) {
            case '(' -> stack.add(MARK);
            case '}' -> stack.add(new LinkedHashMap<>());
            case ']' -> stack.add(new ArrayList<>());
            case ')' -> stack.add(List.of());
            case 't' -> stack.add(Collections.unmodifiableList(popToMark()));
            case 0x85, 0x86, 0x87 -> stack.add(Collections.unmodifiableList(popLast(opcode - 0x84)));
            case 'l' -> stack.add(popToMark());
            case 'd' -> {
                List<@Nullable Object> pairs = popToMark();
                stack.add(new LinkedHashMap<>());
                putAll(pairs);
            }
            case 'a' -> addAll(popLast(1));
            case 'e' -> addAll(popToMark());
            case 's' -> putAll(popLast(2));
            case 'u' -> putAll(popToMark());
            default -> {
                return false;
            }
        }
        return true;
    }

    /** The protocol's number, frames, the memo, and values thrown away. */
    private boolean bookkeeping() {
        switch (opcode) {
            case 0x80 -> {
                int protocol = in.u1();
                if (protocol > NEWEST_PROTOCOL) {
                    throw error("says protocol " + protocol + "; known are those up to " + NEWEST_PROTOCOL);
                }
            }
            case 0x95 -> in.i8(); // how long the frame is: only of use to those who read piece by piece
            case '0' -> pop();
            case '1' -> popToMark();
            case 'q' -> memo.put((long) in.u1(), peek());
            case 'r' -> memo.put(in.u4(), peek());
            case 0x94 -> memo.put((long) memo.size(), peek());
            case 'h' -> stack.add(remembered(in.u1()));
            case 'j' -> stack.add(remembered(in.u4()));
            default -> {
                return false;
            }
        }
        return true;
    }

    /** Names from outside and what is made by them. */
    private boolean object() {
        switch (opcode) {
            case 'c' -> {
                String module = in.line();
                stack.add(global(module, in.line()));
            }
            case 0x93 -> {
                String name = pop(String.class);
                stack.add(global(pop(String.class), name));
            }
            case 'R', 0x81 -> {
                List<@Nullable Object> arguments = list(pop());
                stack.add(pop(PickleFunction.class).call(arguments));
            }
            case 'b' -> pop(); // attributes of an object that is only data here
            case 'Q' -> stack.add(globals.persistent(list(pop())));
            default -> {
                return false;
            }
        }
        return true;
    }

    private Object global(String module, String name) {
        return globals.find(module, name)
                .orElseThrow(() -> new PickleException("a pickle that asks for code: " + module + "." + name
                        + " at byte " + at + "; it is refused and nothing was run. Only tensors and plain data are"
                        + " read; if you trust the file, save its tensors alone again"));
    }

    private void addAll(List<@Nullable Object> items) {
        if (peek() instanceof ArrayList<?>) { // tuples are of another class and cannot grow
            list(peek()).addAll(items);
        } else if (!(peek() instanceof PickleOpaque)) {
            throw error("needs a list");
        }
    }

    private void putAll(List<@Nullable Object> pairs) {
        if (pairs.size() % 2 != 0) {
            throw error("needs pairs of keys and values");
        }
        if (peek() instanceof PickleOpaque) {
            return;
        }
        @SuppressWarnings("unchecked") // every map on the stack was made here or by a PickleFunction
        Map<@Nullable Object, @Nullable Object> map = (Map<@Nullable Object, @Nullable Object>) peek(Map.class);
        for (int i = 0; i < pairs.size(); i += 2) {
            map.put(key(pairs.get(i)), pairs.get(i + 1));
        }
    }

    /** What a key is kept as: those that are lists or maps are of no use to anyone, and could contain themselves. */
    public static @Nullable Object key(@Nullable Object key) {
        boolean plain = key == null || key instanceof String || key instanceof Number || key instanceof Boolean;
        return plain ? key : new Object();
    }

    private @Nullable Object remembered(long index) {
        if (!memo.containsKey(index)) {
            throw error("wants value " + index + " back, which was never kept");
        }
        return memo.get(index);
    }

    private @Nullable Object peek() {
        if (stack.isEmpty() || stack.get(stack.size() - 1) == MARK) {
            throw error("needs a value that is not there");
        }
        return stack.get(stack.size() - 1);
    }

    private <T> T peek(Class<T> type) {
        return cast(type, peek());
    }

    private @Nullable Object pop() {
        Object top = peek();
        stack.remove(stack.size() - 1);
        return top;
    }

    private <T> T pop(Class<T> type) {
        return cast(type, pop());
    }

    private List<@Nullable Object> popToMark() {
        int mark = stack.lastIndexOf(MARK);
        if (mark < 0) {
            throw error("needs a mark that is not there");
        }
        List<@Nullable Object> items = popLast(stack.size() - 1 - mark);
        stack.remove(mark);
        return items;
    }

    private List<@Nullable Object> popLast(int count) {
        if (stack.size() < count) {
            throw error("needs " + count + " values where " + stack.size() + " are");
        }
        List<@Nullable Object> last = stack.subList(stack.size() - count, stack.size());
        List<@Nullable Object> items = new ArrayList<>(last);
        last.clear();
        return items;
    }

    @SuppressWarnings("unchecked") // every list on the stack was made here
    private List<@Nullable Object> list(@Nullable Object value) {
        return (List<@Nullable Object>) cast(List.class, value);
    }

    private <T> T cast(Class<T> type, @Nullable Object value) {
        if (!type.isInstance(value)) {
            throw error("needs a " + type.getSimpleName() + ", found "
                    + (value == null ? "None" : value.getClass().getSimpleName()));
        }
        return type.cast(value);
    }

    private PickleException error(String what) {
        return new PickleException(String.format(
                "instruction 0x%02x at byte %d %s; the pickle is damaged, or made to do harm", opcode, at, what));
    }
}
