declare module 'opus-recorder' {
  interface RecorderOptions {
    encoderPath: string;
    sourceNode?: AudioNode;
    mediaTrackConstraints?: MediaTrackConstraints | boolean;
    encoderSampleRate?: number;
    encoderApplication?: 2048 | 2049 | 2051;
    encoderFrameSize?: number;
    encoderBitRate?: number;
    maxFramesPerPage?: number;
    numberOfChannels?: number;
    streamPages?: boolean;
  }

  export default class Recorder {
    constructor(options: RecorderOptions);
    static isRecordingSupported(): boolean;
    ondataavailable: (data: Uint8Array) => void;
    onstart: () => void;
    onstop: () => void;
    start(): Promise<void>;
    stop(): Promise<void>;
    close(): void;
  }
}
