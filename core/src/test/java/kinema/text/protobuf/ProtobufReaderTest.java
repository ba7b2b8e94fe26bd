package kinema.text.protobuf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProtobufReaderTest {
    // 1: 300, 2: "hi", 3: {1: 7}, 4: fixed32, 5: fixed64, 6: 3 bytes
    private static final byte[] MESSAGE = bytes(
            0x08, 0xAC, 0x02, 0x12, 2, 'h', 'i', 0x1A, 2, 0x08, 7, 0x25, 1, 2, 3, 4, 0x29, 1, 2, 3, 4, 5, 6, 7, 8, 0x32,
            3, 9, 8, 7);

    @Test
    void readsEveryKindOfField() throws IOException {
        ProtobufReader r = reader(MESSAGE);
        assertThat(r.next()).isTrue();
        assertThat(r.field()).isEqualTo(1);
        assertThat(r.integer()).isEqualTo(300);
        assertThat(r.next()).isTrue();
        assertThat(r.text()).isEqualTo("hi");
        assertThat(r.next()).isTrue();
        ProtobufReader inner = r.message();
        assertThat(inner.next()).isTrue();
        assertThat(inner.integer()).isEqualTo(7);
        assertThat(inner.next()).isFalse();
        assertThat(r.next()).isTrue();
        assertThat(r.float32()).isEqualTo(Float.intBitsToFloat(0x04030201));
        assertThat(r.next() && r.next()).isTrue();
        assertThat(r.field()).isEqualTo(6);
        ByteBuffer into = ByteBuffer.allocate(3);
        r.bytes(into);
        assertThat(into.array()).containsExactly(9, 8, 7);
        assertThat(r.next()).isFalse();
    }

    @Test
    void valuesMayBeLeftUnread() throws IOException {
        ProtobufReader r = reader(MESSAGE);
        int count = 0;
        while (r.next()) {
            assertThat(r.field()).isEqualTo(++count);
        }
        assertThat(count).isEqualTo(6);
    }

    @Test
    void cutOffInsideAnyFieldIsAnError() throws IOException {
        int whole = 0;
        for (int length = 0; length < MESSAGE.length; length++) {
            ProtobufReader r = reader(Arrays.copyOf(MESSAGE, length));
            try {
                while (r.next()) {}
                whole++; // ends between two fields
            } catch (IOException e) {
                assertThat(e).hasMessageStartingWith("cut off at byte ");
            }
        }
        assertThat(whole).isEqualTo(6);
    }

    @Test
    void randomBytesEndInAnIoExceptionOrInTheEnd() {
        Random random = new Random(3);
        for (int i = 0; i < 2000; i++) {
            byte[] noise = new byte[random.nextInt(64)];
            random.nextBytes(noise);
            try {
                walk(reader(noise), 0);
            } catch (IOException e) {
                assertThat(e.getMessage()).contains("at byte ");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 6, 7})
    void unknownWireTypesAreErrors(int kind) {
        assertThatThrownBy(() -> reader(bytes(0x08 | kind, 0)).next())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("wire type " + kind);
    }

    @Test
    void anInnerLengthBeyondItsMessageIsAnError() throws IOException {
        ProtobufReader r = reader(bytes(0x0A, 2, 0x0A, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0));
        assertThat(r.next()).isTrue();
        assertThatThrownBy(() -> r.message().next()).hasMessageContaining("field 1 of 9 bytes");
    }

    @Test
    void readingAFieldAsWhatItIsNotIsAnError() throws IOException {
        ProtobufReader r = reader(MESSAGE);
        assertThat(r.next()).isTrue();
        assertThatThrownBy(r::text).hasMessageContaining("field 1 is not text");
        assertThatThrownBy(r::message).hasMessageContaining("field 1 is not a message");
        assertThat(r.next()).isTrue();
        assertThatThrownBy(r::integer).hasMessageContaining("field 2 is not a number");
        assertThatThrownBy(() -> r.bytes(ByteBuffer.allocate(5))).hasMessageContaining("2 bytes where 5 are needed");
    }

    private static void walk(ProtobufReader reader, int depth) throws IOException {
        while (reader.next()) {
            if (reader.field() % 2 == 0 && depth < 3) {
                walk(reader.message(), depth + 1);
            }
        }
    }

    private static ProtobufReader reader(byte[] message) {
        return new ProtobufReader(new ByteArrayInputStream(message));
    }

    private static byte[] bytes(int... values) {
        byte[] out = new byte[values.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (byte) values[i];
        }
        return out;
    }
}
