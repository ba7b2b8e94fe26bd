package kinema.memory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Pieces that pictures are cut into. */
class TileTest {
    @Test
    void aPictureThatIsNoLargerIsNotCut() {
        Tile tile = new Tile(64, 32);
        assertThat(tile.covers(64, 32)).isTrue();
        assertThat(tile.covers(65, 32)).isFalse();
        assertThat(tile.covers(64, 33)).isFalse();
    }
}
