package kinema.system;

/** Settings that several systems have, under one name and with one meaning. Each says what its own value is. */
public final class CommonSettings {
    /** What guidance leads away from. */
    public static final Setting<String> NEGATIVE = Setting.of(
                    "negative", "what the video should not show; empty for nothing in particular", ValueType.text())
            .withStandard("");

    /** Steps from noise to samples. */
    public static final Setting<Integer> STEPS =
            Setting.of("steps", "denoising steps", ValueType.whole(1, Integer.MAX_VALUE));

    /** How far guidance leads from the prediction without the prompt. */
    public static final Setting<Double> GUIDANCE = Setting.of(
            "guidance",
            "how strictly to follow the prompt, the scale of classifier-free guidance",
            ValueType.number(1, 1000, "between 1 (off) and 1000"));

    /** Whether the pictures are drafts. */
    public static final Setting<Boolean> DRAFT = Setting.of(
                    "draft",
                    "whether a draft decoder makes the pictures in place of the autoencoder: quicker, and less exact",
                    ValueType.flag())
            .forDecoding();

    /** Whether the pictures of a request with these settings are drafts. */
    public static boolean isDraft(Settings settings) {
        return settings.find(DRAFT).orElse(false);
    }

    private CommonSettings() {}
}
