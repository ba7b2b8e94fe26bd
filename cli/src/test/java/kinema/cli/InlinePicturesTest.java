package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import kinema.video.Picture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class InlinePicturesTest {
    private final StringWriter text = new StringWriter();
    private final ProgressDisplay progress =
            new ProgressDisplay(new PrintWriter(text), true, System::nanoTime, () -> 80);

    @ParameterizedTest
    @CsvSource({
        "TERM, xterm-kitty, KITTY",
        "KITTY_WINDOW_ID, 1, KITTY",
        "TERM_PROGRAM, ghostty, KITTY",
        "TERM_PROGRAM, iTerm.app, ITERM",
        "TERM_PROGRAM, WezTerm, ITERM",
        "LC_TERMINAL, iTerm2, ITERM"
    })
    void terminalsAreToldFromTheirEnvironment(String key, String value, InlinePictures way) {
        assertThat(InlinePictures.of(Map.of(key, value))).contains(way);
        assertThat(InlinePictures.of(Map.of(key, value, "TMUX", "/run/tmux"))).isEmpty();
    }

    @Test
    void othersShowNoPictures() {
        assertThat(InlinePictures.of(Map.of("TERM", "xterm-256color"))).isEmpty();
        assertThat(InlinePictures.of(Map.of())).isEmpty();
        PreviewOption option = CommandLine.populateCommand(new PreviewOption(), "--inline");
        assertThat(option.find(true, Map.of("TERM", "linux")))
                .contains("this terminal is none that is known to show pictures; --preview FILE writes them");
        assertThat(option.isWanted()).isFalse();
        assertThat(option.find(false, Map.of("TERM", "xterm-kitty"))).isEmpty();
        assertThat(option.isWanted()).as("into a pipe").isFalse();
        assertThat(option.find(true, Map.of("TERM", "xterm-kitty"))).isEmpty();
        assertThat(option.isWanted()).isTrue();
        PreviewOption unasked = new PreviewOption();
        assertThat(unasked.find(true, Map.of("TERM", "xterm-kitty"))).isEmpty();
        assertThat(unasked.isWanted()).isFalse();
    }

    @Test
    void kittyGetsThePictureInPieces() throws IOException {
        Picture picture = noise(); // more than one piece
        progress.stage("denoise");
        progress.picture(InlinePictures.KITTY, picture.png(), 3);

        Matcher pieces =
                Pattern.compile("\u001b_G([^;]*);([^\u001b]*)\u001b\\\\").matcher(text.toString());
        StringBuilder data = new StringBuilder();
        String more = "m=1";
        int count = 0;
        while (pieces.find()) {
            assertThat(more).as("a piece after the last").isEqualTo("m=1");
            more = pieces.group(1).substring(pieces.group(1).lastIndexOf(',') + 1);
            assertThat(pieces.group(1)).startsWith(count++ == 0 ? "a=T,f=100,q=2,C=1,i=1,p=1,r=3,m=" : "q=2,m=");
            assertThat(pieces.group(2).length()).isLessThanOrEqualTo(4096);
            data.append(pieces.group(2));
        }
        assertThat(more).isEqualTo("m=0");
        assertThat(count).isGreaterThan(1);
        assertSame(data.toString(), picture);
    }

    @Test
    void itermGetsThePictureInOne() throws IOException {
        Picture picture = noise();
        progress.stage("denoise");
        progress.picture(InlinePictures.ITERM, picture.png(), 3);

        Matcher sent = Pattern.compile("\u001b]1337;File=inline=1;size=(\\d+);height=3;[^:]*:([^\u0007]*)\u0007")
                .matcher(text.toString());
        assertThat(sent.find()).isTrue();
        assertThat(sent.group(1)).isEqualTo(Integer.toString(picture.png().length));
        assertSame(sent.group(2), picture);
    }

    @Test
    void aPictureTakesThePlaceOfTheOneBeforeUntilSomethingIsPrinted() {
        String cursor = "\u001b7\u001b[3A\r";
        progress.stage("denoise");
        text.getBuffer().setLength(0);
        progress.picture(InlinePictures.ITERM, new byte[] {1}, 3);
        assertThat(text.toString()).startsWith("\r\u001b[K\n\n\n" + cursor).endsWith("\u0007\u001b8");

        text.getBuffer().setLength(0);
        progress.picture(InlinePictures.KITTY, new byte[] {1}, 3);
        assertThat(text.toString()).startsWith(cursor).contains("i=1,").doesNotContain("\n");

        progress.note("something");
        text.getBuffer().setLength(0);
        progress.picture(InlinePictures.KITTY, new byte[] {1}, 3);
        assertThat(text.toString()).startsWith("\r\u001b[K\n\n\n" + cursor).contains("i=2,");
    }

    @Test
    void nothingIsShownOutsideATerminalOrAStage() {
        progress.picture(InlinePictures.KITTY, new byte[] {1}, 3);
        assertThat(text.toString()).isEmpty();
        ProgressDisplay log = new ProgressDisplay(new PrintWriter(text), false, System::nanoTime, () -> 80);
        log.stage("denoise");
        log.picture(InlinePictures.KITTY, new byte[] {1}, 3);
        assertThat(text.toString()).isEmpty();
    }

    private static Picture noise() {
        byte[] rgb = new byte[3 * 64 * 48];
        new Random(1).nextBytes(rgb);
        return new Picture(64, 48, rgb);
    }

    private static void assertSame(String base64, Picture picture) throws IOException {
        var image = ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(base64)));
        assertThat(Optional.of(image.getWidth())).contains(picture.width());
        int first = image.getRGB(0, 0) & 0xFFFFFF;
        byte[] rgb = picture.rgb();
        assertThat(first).isEqualTo((rgb[0] & 0xFF) << 16 | (rgb[1] & 0xFF) << 8 | rgb[2] & 0xFF);
    }
}
