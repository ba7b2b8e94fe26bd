package kinema.attack;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kinema.FrameSink;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.Provenance;
import kinema.Spill;
import kinema.VideoModel;
import kinema.cli.Main;
import kinema.testing.Golden;
import kinema.weights.Safetensors;

/** What is attacked: all kinds of files that Kinema reads and others may have written. */
final class Targets {
    private static final List<String> SMALL =
            List.of("--steps", "1", "--size", "32x16", "--frames", "1", "--seed", "1");
    private static final List<String> CONFIGS = List.of(
            "model/model_index.json",
            "model/transformer/config.json",
            "model/vae/config.json",
            "model/text_encoder/config.json",
            "model/scheduler/scheduler_config.json");
    private static final List<String> WEIGHTS = List.of(
            "model/transformer/diffusion_pytorch_model.safetensors",
            "model/vae/diffusion_pytorch_model.safetensors",
            "model/text_encoder/model.safetensors");

    private static final List<String> INSPECT = List.of("inspect", "DIR/model");
    private static final List<String> PLAN = List.of("generate", "a boat", "--plan", "--model", "DIR/model");

    private final Path folder;
    private final Path model;

    private Targets(Path folder) throws IOException {
        this.folder = folder;
        model = Golden.model("t2v-2b", Files.createDirectories(folder.resolve("model")));
    }

    /** All of them, their whole files written to a folder. */
    static List<Target> all(Path folder, ChatServer chat) throws IOException {
        Targets t = new Targets(folder);
        return List.of(
                t.ofModel("config", CONFIGS, Json::mutate),
                t.ofModel("safetensors", WEIGHTS, Formats::safetensors),
                t.ofModel("sentencepiece", List.of("model/tokenizer/spiece.model"), Formats::protobuf),
                t.sharded(),
                t.pickles(),
                t.loras("lora", "pytorch_lora_weights.safetensors", Formats::safetensors),
                t.loras("lora-pickle", "sat_lora.pt", Formats::zip),
                t.pictures(),
                t.videos("mp4"),
                t.videos("webm"),
                t.videos("gif"),
                t.prompts(),
                t.unfinished("request", "video.mp4.kinema/request.json", Json::mutate),
                t.unfinished("state", "video.mp4.kinema/state.safetensors", Formats::safetensors),
                t.latents(),
                t.chat(chat));
    }

    private Target ofModel(String name, List<String> files, Target.Mutator mutator) throws IOException {
        return new Target(
                name, base(name), files, mutator, List.of(INSPECT, PLAN, PLAN, generate("--out", "DIR/o.mp4")));
    }

    /** A model whose transformer lies in two files with an index. */
    private Target sharded() throws IOException {
        Path base = base("index");
        Path network = base.resolve("model/transformer");
        String whole = "diffusion_pytorch_model.safetensors";
        String first = "diffusion_pytorch_model-00001-of-00001.safetensors";
        Files.move(network.resolve(whole), network.resolve(first));
        StringBuilder index = new StringBuilder("{\"metadata\": {\"total_size\": 1}, \"weight_map\": {");
        Safetensors.header(network.resolve(first))
                .keySet()
                .forEach(key -> index.append("\"" + key + "\": \"" + first + "\",\n"));
        index.setLength(index.length() - 2);
        Files.writeString(network.resolve(whole + ".index.json"), index + "}}");
        return new Target(
                "index",
                base,
                List.of("model/transformer/" + whole + ".index.json"),
                Json::mutate,
                List.of(INSPECT, PLAN, generate("--out", "DIR/o.mp4")));
    }

    private Target pickles() throws IOException {
        Path base = Files.createDirectories(folder.resolve("bases/pickle"));
        Golden.authors(Files.createDirectories(base.resolve("model")));
        List<String> files;
        try (Stream<Path> all = Files.walk(base)) {
            files = all.filter(file -> file.toString().endsWith(".pt"))
                    .map(file -> base.relativize(file).toString())
                    .toList();
        }
        return new Target(
                "pickle",
                base,
                files,
                Formats::zip,
                List.of(INSPECT, PLAN, List.of("convert", "DIR/model", "DIR/out")));
    }

    private Target loras(String name, String file, Target.Mutator mutator) throws IOException {
        Path base = Files.createDirectories(folder.resolve("bases/" + name));
        Golden.model("lora-5b", Files.createDirectories(base.resolve("model")));
        Files.copy(Golden.folder("lora-5b").resolve(file), base.resolve(file));
        List<String> plan =
                List.of("generate", "a", "--plan", "--model", "DIR/model", "--lora", "DIR/" + file + ":0.5");
        return new Target(
                name,
                base,
                List.of(file),
                mutator,
                List.of(plan, generate("--out", "DIR/o.mp4", "--lora", "DIR/" + file)));
    }

    private Target pictures() throws IOException {
        Path base = base("picture");
        Files.createDirectories(base.resolve("frames"));
        Files.copy(Golden.folder("i2v-5b").resolve("image.png"), base.resolve("frames/0000.png"));
        List<String> encode =
                List.of("vae", "encode", "DIR/frames", "DIR/o.safetensors", "--model", "DIR/model", "--size", "32x16");
        return new Target(
                "picture",
                base,
                List.of("frames/0000.png"),
                Formats::png,
                List.of(List.of("probe", "DIR/frames"), encode));
    }

    private Target videos(String ending) throws IOException {
        Path base = base(ending);
        Path video = base.resolve("v." + ending);
        make(video);
        List<String> encode = List.of(
                "vae", "encode", "DIR/v." + ending, "DIR/o.safetensors", "--model", "DIR/model", "--frames", "1");
        List<String> replay =
                List.of("replay", "DIR/v." + ending, "--out", "DIR/o.mp4", "--model", "DIR/model", "--spill", "off");
        return new Target(
                ending,
                base,
                List.of("v." + ending),
                Bytes::mutate,
                List.of(List.of("probe", "DIR/v." + ending), encode, replay));
    }

    private Target prompts() throws IOException {
        Path base = base("prompts");
        String line = "{\"prompt\": \"a boat\", \"steps\": 1, \"size\": \"32x16\", \"frames\": 1, \"seed\": %d,"
                + " \"set\": {\"guidance\": 2.5}}%n";
        Files.writeString(base.resolve("p.jsonl"), line.formatted(1) + line.formatted(2));
        return new Target(
                "prompts",
                base,
                List.of("p.jsonl"),
                Formats::jsonLines,
                List.of(List.of(
                        "generate",
                        "--prompts",
                        "DIR/p.jsonl",
                        "--out",
                        "DIR/{line}.mp4",
                        "--model",
                        "DIR/model",
                        "--spill",
                        "off")));
    }

    private Target unfinished(String name, String file, Target.Mutator mutator) throws IOException {
        Path base = base(name);
        keep(base.resolve("model"), base.resolve("video.mp4.kinema"));
        return new Target(
                name,
                base,
                List.of(file),
                mutator,
                List.of(List.of("resume", "DIR/video.mp4.kinema", "--out", "DIR/o.mp4", "--model", "DIR/model")));
    }

    private Target latents() throws IOException {
        Path base = base("latents");
        Path video = base.resolve("v.mp4");
        make(video);
        run("vae", "encode", video.toString(), base.resolve("l.safetensors").toString(), "--model", model.toString());
        return new Target(
                "latents",
                base,
                List.of("l.safetensors"),
                Formats::safetensors,
                List.of(List.of("vae", "decode", "DIR/l.safetensors", "DIR/o.mp4", "--model", "DIR/model")));
    }

    /** The server answers with what lies in the changed file. */
    private Target chat(ChatServer chat) throws IOException {
        Path base = base("chat");
        Files.writeString(
                base.resolve("answer.json"),
                "{\"id\": \"1\", \"choices\": [{\"index\": 0, \"message\": {\"role\": \"assistant\", \"content\":"
                        + " \"A small boat.\"}, \"finish_reason\": \"stop\"}], \"usage\": {\"total_tokens\": 7}}");
        return new Target(
                "chat",
                base,
                List.of("answer.json"),
                Json::mutate,
                List.of(generate("--out", "DIR/o.mp4", "--enhance", chat.url() + "DIR", "--enhance-model", "m")));
    }

    /** Makes a video that is as small as can be. */
    private void make(Path video) {
        run(generate("--out", video.toString()).stream()
                .map(word -> word.replace("DIR/model", model.toString()))
                .toArray(String[]::new));
    }

    private static void run(String... args) {
        StringWriter err = new StringWriter();
        int code = Main.run(args, new PrintWriter(Writer.nullWriter()), new PrintWriter(err));
        if (code != 0) {
            throw new IllegalStateException("a whole file cannot be made by " + List.of(args) + ": " + err);
        }
    }

    /** A run whose steps are done and whose video could not be written. */
    private static void keep(Path model, Path kept) {
        Spill spill = Spill.into(kept).withNotes(Map.of("out", "o.mp4", "model", model.toString()));
        GenerationRequest request = GenerationRequest.of("a boat")
                .seed(1)
                .steps(1)
                .size(32, 16)
                .frames(1)
                .spill(spill)
                .build();
        FrameSink full = new FrameSink() {
            @Override
            public void begin(Provenance provenance) {
                throw new IllegalStateException("the disk is full");
            }

            @Override
            public void frame(byte[] rgb) {}
        };
        try (VideoModel opened = Kinema.open(model)) {
            opened.prepare(request).run(GenerationListener.NONE, full);
        } catch (IllegalStateException e) { // as meant
            return;
        }
        throw new IllegalStateException("the run should have failed");
    }

    private static List<String> generate(String... more) {
        return Stream.of(
                        Stream.of("generate", "a boat", "--model", "DIR/model", "--spill", "off"),
                        SMALL.stream(),
                        Stream.of(more))
                .flatMap(words -> words)
                .toList();
    }

    /** A new folder with links to the model. */
    private Path base(String name) throws IOException {
        Path base = Files.createDirectories(folder.resolve("bases/" + name));
        try (Stream<Path> all = Files.walk(model)) {
            for (Path from : all.toList()) {
                Path to = base.resolve("model").resolve(model.relativize(from).toString());
                if (Files.isDirectory(from)) {
                    Files.createDirectories(to);
                } else {
                    Files.createLink(to, from);
                }
            }
        }
        return base;
    }
}
