package kinema.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import kinema.GenerationRequest;
import kinema.Job;
import kinema.Kinema;
import kinema.ModelNote;
import kinema.ModelRules;
import kinema.UnfinishedRun;
import kinema.VideoModel;
import kinema.video.VideoTarget;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kinema generate}: a sentence becomes a video file. */
@Command(
        name = "generate",
        description = {"Generates a video from text, and from pictures where the model takes them.", ""},
        sortOptions = false,
        abbreviateSynopsis = true,
        footer = {
            "",
            "The file's name is the only thing printed to standard output; progress goes to standard error.",
            "An existing --out is replaced when the new video is complete; the default name never replaces a file",
            "but takes the next free number.",
            "",
            "Each line of --prompts is a JSON object with \"prompt\", \"out\" and any option of one video, such as",
            "\"steps\", without its dashes. Options given here are the defaults; a line's seed defaults to its",
            "number, its output to the file's name with -{line}.mp4. A batch that is started again makes only",
            "what is not finished. With --json one object is printed for each line; its \"state\" is made,",
            "finished (by an earlier run) or failed.",
            "",
            "Examples:",
            "  kinema generate \"a red rocket rises in the night sky\" --seed 7 -o rocket.mp4",
            "  kinema generate \"a cat jumps\" -m ~/models/CogVideoX-2b --plan",
            "  kinema generate \"the boat sails away\" -m ~/models/CogVideoX-5b-I2V --image boat.png",
            "  kinema generate \"the same in winter\" -m ~/models/CogVideoX-5b --video summer.mp4 --strength 0.7",
            "  kinema generate --prompts prompts.jsonl --steps 30 -o \"clips/{line}.mp4\""
        })
final class GenerateCommand implements Callable<Integer> {
    private static final String SEED = "{seed}";
    private static final String LINE = "{line}";

    private final Console console;

    @Mixin
    private GenerateOptions options = new GenerateOptions();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            description =
                    "Where the video goes: .mp4, .webm, .gif, or a folder for PNG frames when the name ends with /."
                            + " {seed} in it becomes the seed. Default: kinema-{seed}.mp4.")
    private @Nullable String out;

    @Option(
            names = {"-n", "--count"},
            paramLabel = "N",
            description = "Make N videos, with the seed and those that follow it. Default: 1.")
    private @Nullable Integer count;

    @Option(
            names = "--prompts",
            paramLabel = "FILE",
            description = "Make a video of each line of a .jsonl file instead of one of PROMPT; see below.")
    private @Nullable Path prompts;

    @Mixin
    private BestOfOptions bestOf = new BestOfOptions();

    @Mixin
    private SpillOptions spill = new SpillOptions();

    @Option(
            names = "--tensors",
            paramLabel = "FILE",
            description = "Also write token ids, text states, the latents of every step and the video as .safetensors;"
                    + " saves no unfinished work.")
    private @Nullable Path tensors;

    @Option(
            names = "--verify",
            description =
                    "Also make each video without --cache and say how near it is: PSNR and SSIM. Takes as long as both.")
    private boolean verify;

    @Option(
            names = "--plan",
            description = "Print how it would run and the memory each stage would take; make nothing.")
    private boolean plan;

    @Mixin
    private PreviewOption preview = new PreviewOption();

    @Option(names = "--json", description = "Print one JSON object about each result, and no progress.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    GenerateCommand(Console console) {
        this.console = console;
    }

    /** Its page's groups of options. */
    static HelpGroups groups() {
        return new HelpGroups()
                .with("What", "negative", "seed", "enhance", "enhance-model", "translate")
                .with(
                        "From what",
                        "model",
                        "lora",
                        "draft-decoder",
                        "image",
                        "video",
                        "strength",
                        "control",
                        "fit",
                        "stage",
                        "until")
                .with("How long and large", "frames", "size", "fps")
                .with(
                        "How exact",
                        "steps",
                        "timesteps",
                        "guidance",
                        "dynamic-guidance",
                        "cache",
                        "min-psnr",
                        "verify",
                        "draft",
                        "scheduler",
                        "spacing",
                        "compat",
                        "preset",
                        "set",
                        "dtype",
                        "quant")
                .with("Memory and device", "plan", "max-memory", "tile", "device", "threads")
                .with("Several", "count", "prompts", "best-of", "judge", "judge-model")
                .with("Output", "out", "preview", "inline", "tensors", "json")
                .with("Unfinished work", "spill", "spill-every", "fresh");
    }

    @Override
    public Integer call() throws IOException {
        CommandSpec command = Objects.requireNonNull(spec);
        model.check();
        preview.check();
        spill.check();
        bestOf.check();
        checkTogether();
        if (prompts != null) {
            return batch(prompts, command);
        }
        if (options.prompt() == null) {
            throw new MissingParameterException(
                    command.commandLine(), command.positionalParameters().get(0), "PROMPT");
        }
        return plan ? plan() : generate();
    }

    private int plan() {
        GenerationRequest request = options.request().tensors(tensors != null).build();
        bestOf.requireJudge(model.folder(), request.prompt());
        try (VideoModel loaded = model.open(model.folder(), seeds(), null)) {
            Job job = loaded.prepare(request);
            if (json) {
                console.out().println(PlanText.json(job, loaded.notes()));
            } else {
                PlanText.print(job, loaded.notes(), console.out());
            }
            var unused = job.plan().required();
        }
        return ExitCode.OK.number();
    }

    private int generate() throws IOException {
        GenerationRequest.Builder request = options.request();
        long seed = seed(request);
        List<VideoOrder> written = orders(request, seed, seeds());
        written.forEach(VideoOrder::check);
        Path folder = model.folder();
        ModelRules rules = Kinema.rules(folder);
        written.forEach(order -> order.check(rules));
        options.enhance(request, begun(written.stream()), rules::language, console.cancellation()::requested);
        List<VideoOrder> orders = orders(request, seed, seeds());
        bestOf.requireJudge(folder, orders.get(0).request().prompt());
        VideoMaker maker = maker(folder, rules);
        maker.tellUnfamiliar(orders.get(0));
        try (VideoModel loaded = maker.open(() -> model.open(folder, seeds(), begunWith(orders)))) {
            if (verify) {
                maker.verifyBy(loaded);
            }
            long chosen = bestOf.isAsked() ? best(new Drafts(loaded, rules, maker), orders) : seed;
            for (VideoOrder order : orders(request, chosen, videos())) {
                forgetBegun(order);
                maker.make(maker.prepare(loaded, order), order);
            }
        }
        return ExitCode.OK.number();
    }

    /** The seed that is asked for; where none is, that of the unfinished work at the same place, else a random one. */
    private long seed(GenerationRequest.Builder request) {
        long seed = request.build().seed();
        String name = out;
        return name == null || name.contains(SEED) || options.hasSeed() || tensors != null
                ? seed
                : spill.begunSeed(VideoTarget.parse(name)).orElse(seed);
    }

    /** The seed of the best of several drafts; where one of them was begun in full, that one's, for which it was chosen before. */
    private long best(Drafts drafts, List<VideoOrder> candidates) {
        OptionalLong begun = begun(candidates.stream())
                .filter(UnfinishedRun::isAt)
                .mapToLong(folder ->
                        UnfinishedRun.read(folder).provenance().sampling().seed())
                .filter(saved ->
                        candidates.stream().anyMatch(order -> order.request().seed() == saved))
                .findFirst();
        begun.ifPresent(saved -> drafts.maker().note("no drafts: going on with seed " + saved));
        return begun.orElseGet(
                () -> bestOf.best(drafts, candidates.get(0).request(), console.cancellation()::requested));
    }

    /** Removes the unfinished work of an earlier run where that is asked for. */
    private void forgetBegun(VideoOrder order) {
        if (spill.fresh()) {
            order.unfinished().ifPresent(UnfinishedRun::delete);
        }
    }

    private VideoMaker maker(Path folder, ModelRules rules) {
        VideoMaker maker = new VideoMaker(console, json, preview);
        maker.knows(new Familiarity(folder, rules, !model.loras().isEmpty()));
        return maker;
    }

    /** Of a seed and those that follow it. */
    private List<VideoOrder> orders(GenerationRequest.Builder request, long seed, int number) {
        List<VideoOrder> orders = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            orders.add(order(options, request.seed(seed + i), VideoTarget.parse(name(seed + i)), null));
        }
        return orders;
    }

    private int batch(Path file, CommandSpec command) {
        List<PromptLine> lines = PromptFile.read(file, LineOptions.given(command));
        Batch batch = new Batch(file, lines, (line, asWritten) -> order(file, line, asWritten), console);
        Path folder = model.folder();
        ModelRules rules = Kinema.rules(folder);
        batch.check(rules);
        VideoMaker maker = maker(folder, rules);
        try (VideoModel loaded = maker.open(() -> model.open(folder, lines.size(), batch.before(spill.fresh())))) {
            return batch.run(loaded, maker, this::forgetBegun).number();
        }
    }

    private VideoOrder order(Path file, PromptLine line, boolean asWritten) {
        GenerateOptions said = line.options().options();
        GenerationRequest.Builder request = said.request();
        if (!said.hasSeed()) {
            request.seed(line.number());
        }
        VideoTarget target = target(file, line, request.build().seed());
        VideoOrder written = order(said, request, target, line.number());
        if (asWritten) {
            return written;
        }
        said.enhance(
                request,
                begun(Stream.of(written)),
                () -> Kinema.rules(model.folder()).language(),
                console.cancellation()::requested);
        return order(said, request, target, line.number());
    }

    private VideoTarget target(Path file, PromptLine line, long seed) {
        String name = line.options().out();
        if (name == null) {
            name = out != null ? out : stem(file) + "-" + LINE + ".mp4";
        }
        return VideoTarget.parse(
                name.replace(LINE, Integer.toString(line.number())).replace(SEED, Long.toString(seed)));
    }

    private VideoOrder order(
            GenerateOptions said, GenerationRequest.Builder request, VideoTarget target, @Nullable Integer line) {
        if (tensors == null) { // the tensors of steps that another process took are not kept
            spill.of(target, model.notes(target).withRewriter(said.rewriter())).ifPresent(request::spill);
        }
        return new VideoOrder(request.tensors(tensors != null).build(), target, tensors, line);
    }

    /** What one of these videos was begun with; null where none was. */
    private @Nullable ModelNote begunWith(List<VideoOrder> orders) {
        return spill.fresh()
                ? null
                : orders.stream()
                        .flatMap(order -> order.begunWith().stream())
                        .findFirst()
                        .orElse(null);
    }

    /** Where unfinished work may be that is gone on with. */
    private Stream<Path> begun(Stream<VideoOrder> orders) {
        return spill.fresh() ? Stream.of() : orders.flatMap(order -> order.unfinished().stream());
    }

    /** Seeds that something is made of: of videos, or of drafts. */
    private int seeds() {
        return bestOf.number().orElse(videos());
    }

    private int videos() {
        return count == null ? 1 : count;
    }

    private void checkTogether() {
        if (count != null && count < 1) {
            throw new IllegalArgumentException("--count must be at least 1, found " + count);
        }
        if (prompts != null && options.prompt() != null) {
            throw new IllegalArgumentException("give a prompt or --prompts, found both");
        }
        if (plan && prompts != null) {
            throw new IllegalArgumentException("--plan is for one prompt; it does not go with --prompts");
        }
        if (verify && (prompts != null || !options.hasCache())) {
            throw new IllegalArgumentException(
                    "--verify compares videos made with --cache with those made without, and is not for --prompts");
        }
        if (prompts != null && count != null) {
            throw new IllegalArgumentException(
                    "--count makes several videos of one prompt; it does not go with --prompts");
        }
        if (bestOf.isAsked() && (prompts != null || count != null)) {
            throw new IllegalArgumentException(
                    "--best-of makes one video of one prompt; it goes neither with --count nor with --prompts");
        }
        if (tensors != null && (prompts != null || videos() > 1)) {
            throw new IllegalArgumentException(
                    "--tensors writes those of one video; it goes neither with --count nor with --prompts");
        }
        if (videos() > 1 && out != null && !out.contains(SEED)) {
            throw new IllegalArgumentException("--count " + count + " needs a name for each video: --out with " + SEED
                    + " in it, such as clip-" + SEED + ".mp4; found '" + out + "'");
        }
    }

    private String name(long seed) {
        return out == null
                ? FreeName.in(Path.of(""), "kinema-" + seed, ".mp4").toString()
                : out.replace(SEED, Long.toString(seed));
    }

    private static String stem(Path file) {
        String name = String.valueOf(file.getFileName());
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }
}
