package kinema.weights.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import kinema.testing.Pickle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class UnpicklerTest {
    /** {'a': [1, -2, 300, 70000, 2**40, 2**70, 1.5, None, True, False], 'b': ('x', b'yz'), 3: {}, (1, 2): 'tuple'} in protocol 4. */
    private static final byte[] PLAIN_DATA = HexFormat.of()
            .parseHex("8004955c000000000000007d94288c0161945d94284b014afeffffff4d2c014a701101008a060000000000018a"
                    + "09000000000000000040473ff80000000000004e8889658c0162948c0178944302797a9486944b037d944b014b"
                    + "0286948c057475706c6594752e");

    private static final PickleGlobals NONE = new PickleGlobals() {
        @Override
        public Optional<Object> find(String module, String name) {
            return Optional.empty();
        }

        @Override
        public Object persistent(List<Object> id) {
            throw new PickleException("nothing is kept outside");
        }
    };

    @Test
    void plainDataBecomesMapsListsAndNumbers() {
        Map<?, ?> read = (Map<?, ?>) Unpickler.load(PLAIN_DATA, NONE);

        assertThat(read.get("a"))
                .isEqualTo(Arrays.asList(
                        1L, -2L, 300L, 70000L, 1L << 40, BigInteger.ONE.shiftLeft(70), 1.5, null, true, false));
        assertThat((List<?>) read.get("b")).first().isEqualTo("x");
        assertThat((byte[]) ((List<?>) read.get("b")).get(1)).containsExactly('y', 'z');
        assertThat(read.get(3L)).isEqualTo(Map.of());
        assertThat(read.containsValue("tuple")).isTrue();
    }

    @Test
    void aValueIsKeptAndGivenAgain() {
        byte[] pickle =
                Pickle.start().op('(').text("once").op('q', 7, 'h', 7, 'l').end();

        assertThat(Unpickler.load(pickle, NONE)).isEqualTo(List.of("once", "once"));
    }

    static Stream<Arguments> codeRequests() {
        byte[] stacked = new Pickle()
                .op(0x80, 4, 0x8c, 5, 'p', 'o', 's', 'i', 'x', 0x8c, 6, 's', 'y', 's', 't', 'e', 'm', 0x93)
                .text("true")
                .op(0x85, 'R')
                .end();
        return Stream.of(
                arguments(
                        Pickle.start()
                                .global("os", "system")
                                .text("true")
                                .op(0x85, 'R')
                                .end(),
                        "a pickle that asks for code: os.system at byte 2"),
                arguments(stacked, "a pickle that asks for code: posix.system at byte 17"),
                arguments(
                        Pickle.start()
                                .global("builtins", "eval")
                                .text("1")
                                .op(0x85, 'R')
                                .end(),
                        "a pickle that asks for code: builtins.eval at byte 2"),
                arguments(
                        Pickle.start().op('(').text("os").text("system").op('o').end(),
                        "instruction 0x6f at byte 21 is none that plain data needs"),
                arguments(
                        new Pickle().op('(', 'i', 'o', 's', '\n').end(),
                        "instruction 0x69 at byte 1 is none that plain data needs"),
                arguments(
                        Pickle.start().op(0x82, 1).end(), "instruction 0x82 at byte 2 is none that plain data needs"));
    }

    @ParameterizedTest
    @MethodSource("codeRequests")
    void whatAsksForCodeIsRefusedByName(byte[] pickle, String message) {
        assertThatThrownBy(() -> Unpickler.load(pickle, NONE))
                .isInstanceOf(PickleException.class)
                .hasMessageContaining(message);
    }

    static Stream<Arguments> damaged() {
        return Stream.of(
                arguments(new byte[0], "the pickle ends at byte 0, where 1 bytes from byte 0 on are expected"),
                arguments(
                        Arrays.copyOf(Pickle.start().text("a long text").end(), 12),
                        "the pickle ends at byte 12, where 11 bytes from byte 7 on are expected; it is cut off"),
                arguments(Pickle.start().op('X', 255, 255, 255, 255).end(), "where 4294967295 bytes"),
                arguments(
                        Pickle.start().op(0x8d, 0, 0, 0, 0, 0, 0, 0, 128).end(), "bytes from byte 11 on are expected"),
                arguments(
                        Pickle.start().op(0x8b, 0, 0, 0, 1).op(new int[300]).end(),
                        "a number of 16777216 bytes at byte 7"),
                arguments(Pickle.start().op('s').end(), "instruction 0x73 at byte 2 needs 2 values where 0 are"),
                arguments(Pickle.start().op('t').end(), "instruction 0x74 at byte 2 needs a mark that is not there"),
                arguments(Pickle.start().op('h', 4).end(), "wants value 4 back, which was never kept"),
                arguments(Pickle.start().text("f").op(')', 'R').end(), "needs a PickleFunction, found String"),
                arguments(Pickle.start().op(')').op('N', 'a').end(), "needs a list"),
                arguments(Pickle.start().op('}', '(', 'N', 'u').end(), "needs pairs of keys and values"),
                arguments(Pickle.start().end(), "needs a value that is not there"),
                arguments(new Pickle().op(0x80, 9).end(), "says protocol 9; known are those up to 5"),
                arguments(new Pickle().op('c').op(new int[5000]).end(), "no end of the name at byte 1"));
    }

    @ParameterizedTest
    @MethodSource("damaged")
    void damageIsNamedWithItsPlace(byte[] pickle, String message) {
        assertThatThrownBy(() -> Unpickler.load(pickle, NONE))
                .isInstanceOf(PickleException.class)
                .hasMessageContaining(message);
    }

    @Test
    void noDamageEndsInAnythingButAPickleException() {
        byte[] whole = PLAIN_DATA;
        Random random = new Random(4);
        int read = 0;
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = Arrays.copyOf(whole, 1 + random.nextInt(whole.length));
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            try {
                Unpickler.load(damaged, NONE);
                read++;
            } catch (PickleException expected) {
                refused++;
            }
        }
        assertThat(read).isPositive();
        assertThat(refused).isEqualTo(20_000 - read);
    }
}
