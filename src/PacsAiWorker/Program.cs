Console.WriteLine("pacs-ai-worker");
