package kinema.text.tokenize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** A map with one sequence, {@code a}, whose unit has its children at 512. */
class CharsMapTest {
    private static final int ROOT_BASE = 256;
    private static final int A = ROOT_BASE + 'a';
    private static final int A_BASE = 512;
    private static final int ENDS = 1 << 8;
    private static final int WIDE = 1 << 9;
    private static final int TEXT = 1 << 31;

    private final int[] units = new int[A_BASE + 256];

    CharsMapTest() {
        units[0] = ROOT_BASE << 10;
        units[A] = 'a' | ENDS | (A ^ A_BASE) << 10;
        units[A_BASE] = TEXT | 2;
    }

    @Test
    void aSequenceBecomesItsText() throws IOException {
        assertFound(map("x\0bc\0"), "bc");
    }

    @Test
    void basesFarAwayAreStoredInSteps() throws IOException {
        units[0] = WIDE | 1 << 10; // a step is 256 units
        assertFound(map("x\0bc\0"), "bc");
    }

    @Test
    void otherTextsAreLeft() throws IOException {
        CharsMap map = map("x\0bc\0");
        assertThat(map.find("b".getBytes(StandardCharsets.US_ASCII), 0)).isZero();
        assertThat(map.find("ab".getBytes(StandardCharsets.US_ASCII), 1)).isZero();
        assertThat(CharsMap.of(new byte[0]).find("a".getBytes(StandardCharsets.US_ASCII), 0))
                .isZero();
    }

    @Test
    void aTextMayBeEmptyButLiesWithinTheTexts() {
        units[A_BASE] = TEXT | 4;
        assertThatCode(() -> assertFound(map("x\0bc\0"), "")).doesNotThrowAnyException();
        units[A_BASE] = TEXT | 5;
        assertDamaged(A, "x\0bc\0");
    }

    @Test
    void childrenLieWithinTheTable() {
        units[A] = 'a' | ENDS | (A ^ units.length) << 10;
        assertDamaged(A, "x\0bc\0");
        units[0] = units.length << 10;
        assertDamaged(0, "x\0bc\0");
    }

    @Test
    void theLastUnitOfATableCounts() {
        int[] shorter = new int[units.length - 1];
        System.arraycopy(units, 0, shorter, 0, shorter.length);
        assertThatThrownBy(() -> CharsMap.of(bytes(shorter, "x\0bc\0"))).hasMessageStartingWith("unit " + A);
    }

    @Test
    void deeperUnitsAreCheckedToo() {
        int second = A_BASE + 'b';
        units[second] = 'b' | (second ^ 4096) << 10;
        assertDamaged(second, "x\0bc\0");
    }

    @Test
    void sequencesMayShareTheirEnds() throws IOException {
        int other = ROOT_BASE + 'e';
        units[other] = 'e' | ENDS | (other ^ A_BASE) << 10;
        units[A_BASE + 'b'] = 'b' | (A_BASE + 'b' ^ ROOT_BASE) << 10; // and go round in circles
        assertFound(map("x\0bc\0"), "bc");
    }

    @Test
    void textsEnd() {
        assertThatThrownBy(() -> map("x\0bc"))
                .isInstanceOf(IOException.class)
                .hasMessage("the texts of its character map do not end");
    }

    private void assertDamaged(int unit, String texts) {
        assertThatThrownBy(() -> map(texts))
                .isInstanceOf(IOException.class)
                .hasMessage("unit " + unit + " of its character map is damaged");
    }

    private static void assertFound(CharsMap map, String text) {
        long found = map.find("ca".getBytes(StandardCharsets.US_ASCII), 1);
        assertThat(found >>> Integer.SIZE).isEqualTo(1);
        int start = (int) found;
        assertThat(new String(map.texts(), start, map.end(start) - start, StandardCharsets.US_ASCII))
                .isEqualTo(text);
    }

    private CharsMap map(String texts) throws IOException {
        return CharsMap.of(bytes(units, texts));
    }

    private static byte[] bytes(int[] units, String texts) {
        byte[] ends = texts.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer out = ByteBuffer.allocate(Integer.BYTES * (1 + units.length) + ends.length)
                .order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(Integer.BYTES * units.length);
        out.asIntBuffer().put(units);
        out.position(Integer.BYTES * (1 + units.length)).put(ends);
        return out.array();
    }
}
