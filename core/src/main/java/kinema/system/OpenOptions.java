package kinema.system;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import kinema.tensor.Device;
import kinema.tensor.Precision;
import kinema.tensor.Quantization;
import kinema.weights.LoraFile;
import org.jspecify.annotations.Nullable;

/**
 * How a model is opened. Start from {@link #DEFAULT}; a value, whose methods give another that differs in one thing. What
 * later versions can do besides is a method more, and no caller need change.
 */
public final class OpenOptions {
    /** The model as published, in 32 bits on the CPU, in the memory that is free, for several requests. */
    public static final OpenOptions DEFAULT = new OpenOptions();

    private final Values values;

    private OpenOptions() {
        this(new Values(
                List.of(),
                Optional.empty(),
                Optional.of(Precision.FP32),
                Device.CPU,
                OptionalLong.empty(),
                true,
                Quantization.OFF));
    }

    private OpenOptions(Values values) {
        this.values = values;
    }

    /** What is added to the denoising network's weights, in order. */
    public List<LoraFile> loras() {
        return values.loras;
    }

    /** The file of a draft decoder that is taken in place of the model's own; empty for that, where it has one. */
    public Optional<Path> draftDecoder() {
        return values.draftDecoder;
    }

    /** What networks compute in, whatever their files store; 32 bits as long as it is {@linkplain #precisionOpen left open}. */
    public Precision precision() {
        return values.precision.orElse(Precision.FP32);
    }

    /** Whether the fastest precision is taken in which the system's models make the same pictures to the eye. */
    public boolean precisionOpen() {
        return values.precision.isEmpty();
    }

    /** What they compute on. */
    public Device device() {
        return values.device;
    }

    /** Bytes a generation may take, beside files that are mapped; empty for what the machine has free. */
    public OptionalLong maxMemory() {
        return values.maxMemory;
    }

    /**
     * Whether the denoising network may stay in memory for the next request, where it fits beside the others; of no use where
     * one request is all.
     */
    public boolean kept() {
        return values.kept;
    }

    /** In how many bits the denoising network's largest matrices are kept and multiplied. */
    public Quantization quantization() {
        return values.quantization;
    }

    /**
     * One LoRA more.
     *
     * @param file its weights
     * @param scale what its change is multiplied by; 1 is as trained
     */
    public OpenOptions withLora(Path file, double scale) {
        List<LoraFile> more = new ArrayList<>(loras());
        more.add(new LoraFile(file, scale));
        return withLoras(more);
    }

    /** These LoRAs and no others. */
    public OpenOptions withLoras(List<LoraFile> others) {
        return new OpenOptions(
                new Values(others, draftDecoder(), values.precision, device(), maxMemory(), kept(), quantization()));
    }

    /** The draft decoder of this file, such as {@code taecvx.safetensors}. */
    public OpenOptions withDraftDecoder(Path file) {
        return new OpenOptions(new Values(
                loras(), Optional.of(file), values.precision, device(), maxMemory(), kept(), quantization()));
    }

    /** Another precision. */
    public OpenOptions withPrecision(Precision other) {
        return new OpenOptions(
                new Values(loras(), draftDecoder(), Optional.of(other), device(), maxMemory(), kept(), quantization()));
    }

    /**
     * The precision left open: bf16 where this processor has instructions for it and the system's models make the same pictures
     * to the eye, some 50 dB from those of 32 bits; else 32 bits. {@link kinema.VideoModel#notes} says what was taken and why.
     */
    public OpenOptions withFastestPrecision() {
        return new OpenOptions(
                new Values(loras(), draftDecoder(), Optional.empty(), device(), maxMemory(), kept(), quantization()));
    }

    /** Another device. */
    public OpenOptions withDevice(Device other) {
        return new OpenOptions(
                new Values(loras(), draftDecoder(), values.precision, other, maxMemory(), kept(), quantization()));
    }

    /**
     * At most so many bytes.
     *
     * @throws IllegalArgumentException for less than one
     */
    public OpenOptions withMaxMemory(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("the memory that may be used must be at least one byte, found " + bytes);
        }
        return new OpenOptions(new Values(
                loras(), draftDecoder(), values.precision, device(), OptionalLong.of(bytes), kept(), quantization()));
    }

    /** Whether the denoising network may stay in memory for the next request. */
    public OpenOptions withKept(boolean keep) {
        return new OpenOptions(
                new Values(loras(), draftDecoder(), values.precision, device(), maxMemory(), keep, quantization()));
    }

    /**
     * The denoising network's largest matrices in so many bits: with {@link Quantization#INT8} 0.6 of the memory of 16 bits, and faster where the processor
     * has instructions for it, at some cost of exactness. Of CogVideoX, on the processor; for others opening refuses it.
     */
    public OpenOptions withQuantization(Quantization other) {
        return new OpenOptions(
                new Values(loras(), draftDecoder(), values.precision, device(), maxMemory(), kept(), other));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof OpenOptions options && values.equals(options.values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    @Override
    public String toString() {
        return "OpenOptions " + values;
    }

    private record Values(
            List<LoraFile> loras,
            Optional<Path> draftDecoder,
            Optional<Precision> precision,
            Device device,
            OptionalLong maxMemory,
            boolean kept,
            Quantization quantization) {
        Values {
            loras = List.copyOf(loras);
        }
    }
}
