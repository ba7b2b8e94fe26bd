package kinema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A request as a value, and as the start of another. */
class GenerationRequestTest {
    private static GenerationRequest full() {
        return GenerationRequest.of("a boat")
                .original("boat")
                .seed(7)
                .size(64, 48)
                .frames(9)
                .fps(12)
                .steps(3)
                .condition(PictureCondition.of(new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB)))
                .tile(32, 32)
                .spill(Spill.into(Path.of("clip.kinema")))
                .tensors(true)
                .build();
    }

    @Test
    void aBuilderOfARequestBeginsWithAllOfIt() {
        GenerationRequest request = full();
        GenerationRequest same = request.toBuilder().build();
        assertThat(same).isEqualTo(request).hasSameHashCodeAs(request).hasToString(request.toString());
        assertThat(same.original()).contains("boat");
        assertThat(same.tensors()).isTrue();
    }

    @Test
    void itChangesWhatItIsToldAndLeavesTheFirstAlone() {
        GenerationRequest request = full();
        GenerationRequest other =
                request.toBuilder().prompt("a ship").steps(5).seed(8).build();
        assertThat(other.prompt()).isEqualTo("a ship");
        assertThat(other.original()).isEmpty(); // of the other prompt
        assertThat(other.settings()).containsEntry("steps", 5);
        assertThat(other.width()).hasValue(64);
        assertThat(other).isNotEqualTo(request);
        assertThat(request.settings()).containsEntry("steps", 3);
        assertThat(request.prompt()).isEqualTo("a boat");
    }

    @Test
    void everyDifferenceMakesAnotherRequest() {
        GenerationRequest request = full();
        assertThat(request.toBuilder().tensors(false).build()).isNotEqualTo(request);
        assertThat(request.toBuilder().whole().build()).isNotEqualTo(request);
        assertThat(request.toBuilder().fps(8).build()).isNotEqualTo(request);
        assertThat(request.toBuilder().frames(17).build()).isNotEqualTo(request);
        assertThat(request.toBuilder().size(64, 64).build()).isNotEqualTo(request);
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThatThrownBy(() -> full().toBuilder().prompt(" ").build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("prompt must say");
        assertThatThrownBy(() -> full().toBuilder().frames(0).build())
                .hasMessageContaining("frames must be at least 1");
    }
}
