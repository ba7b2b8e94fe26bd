package kinema.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Small SentencePiece models whose first pieces are icetk's. */
public final class IceModel {
    /** The pieces of {@link #write}; the third and fourth are control pieces. */
    public static final List<String> PIECES = List.of(
            "<unk>", "<s>", "</s>", "<pad>", "<n>", "▁", ",", ".", "0", "1", "2", "4", "5", "8", "6", "秒", "视频", "高清",
            "摄影", "狮子", "喝水", "小狗", "在", "雪地", "奔跑", "海浪", "拍打", "礁石", "a", "b", "c", "船");

    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;

    private IceModel() {}

    /** Writes {@code ice_text.model} into a folder. */
    public static Path write(Path folder) {
        try {
            return Files.write(folder.resolve("ice_text.model"), bytes(PIECES));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A unigram model of these pieces, the first of which stands for what is unknown. */
    public static byte[] bytes(List<String> pieces) {
        Proto model = new Proto();
        for (int id = 0; id < pieces.size(); id++) {
            String text = pieces.get(id);
            boolean control = text.equals("<s>") || text.equals("</s>") || text.equals("<pad>");
            Proto piece = new Proto().text(1, text).float32(2, id == 0 ? 0 : -1 - id / 100f);
            piece.number(3, id == 0 ? UNKNOWN : control ? CONTROL : 1);
            model.bytes(1, piece.end());
        }
        return model.end();
    }
}
