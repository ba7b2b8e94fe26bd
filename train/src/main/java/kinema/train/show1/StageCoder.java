package kinema.train.show1;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import kinema.nn.Posterior;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.CaptionedClip;
import kinema.train.ClipSource;
import kinema.train.Clips;
import kinema.train.data.ClipCoder;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Clips as a stage's network is given them: its frames of each, drawn at random where there are more, as bytes (n, 3, F, H, W), or of the
 * expert's all as scaled latents (n, Z, F, h, w) in 16 bits; and the caption's states (n, L, S) in 16 bits.
 */
final class StageCoder implements ClipCoder {
    static final String FRAMES = "frames";
    static final String TEXT = "text";

    private final StageKind kind;
    private final StageTexts texts;
    private final @Nullable OpenVae vae;

    /**
     * A coder; it closes neither.
     *
     * @param vae the expert's autoencoder, which it alone needs
     */
    StageCoder(StageKind kind, StageTexts texts, @Nullable OpenVae vae) {
        this.kind = kind;
        this.texts = texts;
        this.vae = vae;
    }

    @Override
    public String origin() {
        return "frames of " + kind + ", text " + texts.origin() + (vae == null ? "" : ", " + vae.origin());
    }

    @Override
    public Map<String, Tensor> code(List<CaptionedClip> clips, ClipSource.Shape shape, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Tensor video = Clips.batch(clips.stream().map(CaptionedClip::video).toList()); // (B, 3, T, H, W)
        Map<String, Tensor> coded = new LinkedHashMap<>();
        coded.put(FRAMES, vae == null ? frames(video, random) : latents(vae, video, seed));
        coded.put(
                TEXT,
                texts.states(clips.stream().map(CaptionedClip::caption).toList())
                        .to(ScalarType.Half));
        return coded;
    }

    @Override
    public void close() {}

    /** The network's frames of (B, 3, T, H, W), as bytes. */
    private Tensor frames(Tensor video, SplittableRandom random) {
        return Scopes.keep(() -> {
            int length = Math.toIntExact(video.size(2));
            int count = kind.frames(length);
            Tensor[] windows = new Tensor[Math.toIntExact(video.size(0))];
            for (int i = 0; i < windows.length; i++) {
                long first = random.nextInt(length - (count - 1) * kind.every());
                long[] times = LongStream.range(0, count)
                        .map(n -> first + n * kind.every())
                        .toArray();
                windows[i] = video.narrow(0, i, 1).index_select(2, Tensors.of(times, times.length));
            }
            return Tensors.cat(0, windows)
                    .add(new Scalar(1.0))
                    .mul(new Scalar(127.5))
                    .round()
                    .to(ScalarType.Byte); // (B, 3, F, H, W)
        });
    }

    private static Tensor latents(OpenVae vae, Tensor video, long seed) {
        try (NoGradGuard guard = new NoGradGuard();
                Rng rng = new Rng(seed)) {
            return Scopes.keep(() -> {
                Tensor[] clips = new Tensor[Math.toIntExact(video.size(0))];
                for (int i = 0; i < clips.length; i++) {
                    Tensor frames = video.select(0, i).transpose(0, 1).contiguous(); // (T, 3, H, W)
                    Posterior posterior = vae.network().encode(frames);
                    clips[i] = vae.space()
                            .scaled(posterior.sample(rng))
                            .transpose(0, 1)
                            .unsqueeze(0); // (1, Z, T, h, w)
                }
                return Tensors.cat(0, clips).to(ScalarType.Half); // (B, Z, T, h, w)
            });
        }
    }
}
