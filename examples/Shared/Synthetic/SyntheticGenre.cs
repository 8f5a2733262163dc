namespace LightGcn.Examples;

/// <summary>A genre of the synthetic library: its tags and the words its titles are made of.</summary>
/// <param name="Tags">Tag names, the genre's own name first.</param>
/// <param name="IsFiction">Whether titles follow the patterns of fiction.</param>
/// <param name="Adjectives">Adjectives for titles.</param>
/// <param name="Nouns">Nouns for titles; those of non-fiction read well without an article.</param>
internal sealed record SyntheticGenre(string[] Tags, bool IsFiction, string[] Adjectives, string[] Nouns)
{
    /// <summary>All genres, the most read first.</summary>
    public static SyntheticGenre[] All { get; } =
    [
        Fiction("fantasy magic epic-fantasy", "Silver Hidden Winter Broken Nameless Twilight Sworn Elder", "Crown Dragon Tower Oath Blade Raven Throne Thorn Sorcerer River Gate Ember"),
        Fiction("young-adult teen coming-of-age", "Reckless Golden Sixteenth Restless Borrowed Electric Paper Fearless", "Summer Promise Roommate Secret Mixtape Locker Bonfire Rumor Sister Weekend Diary Comet"),
        Fiction("mystery detective crime", "Silent Missing Crooked Second Locked Quiet Cold Unsigned", "Witness Alibi Inspector Letter Corpse Clue Attic Widow Verdict Footprint Stranger Bell"),
        Fiction("romance love-story contemporary-romance", "Wild Tender Stolen Forbidden Midnight Sweet Second Unwritten", "Heart Kiss Bride Garden Waltz Proposal Duke Letter Vineyard Wedding Harbor Rose"),
        Fiction("science-fiction space sci-fi", "Distant Infinite Orbital Quantum Hollow Last Artificial Drifting", "Star Colony Engine Signal Horizon Android Planet Paradox Voyager Moon Archive Machine"),
        Fiction("thriller suspense spy", "Deadly Final Burning Double Hunted Perfect Vanished Classified", "Agent Target Hour Cipher Hostage Lie Exit Conspiracy Sniper Border Passenger Code"),
        Fiction("historical-fiction historical 19th-century", "Forgotten Imperial Exiled Distant Scarlet Faithful Gilded Wandering", "Queen Cathedral Seamstress Regiment Merchant Daughter Cartographer Winter Plague Letter Orchard Estate"),
        Fiction("literary-fiction novels modern-classics", "Ordinary Slow Unfinished Pale Inherited Patient Blue Lonely", "House Afternoon Sea Silence Father Distance Season Window Photograph Island Marriage Light"),
        Fiction("horror ghosts supernatural", "Rotting Whispering Bleeding Starving Black Buried Hollow Sleepless", "Cellar Doll Grave Scream Hunger Marsh Bone Asylum Shadow Ritual Skull Crow"),
        Fiction("childrens picture-books animals", "Tiny Grumpy Brave Sleepy Curious Enormous Polite Muddy", "Bear Mouse Umbrella Puddle Rabbit Kite Dragonfly Pirate Pancake Hedgehog Balloon Train"),
        Fiction("classics 1800s school", "Virtuous Humble Provincial Proud Idle Solitary Noble Repentant", "Parsonage Heiress Gentleman Moor Inheritance Governess Curate Ward Manor Captain Physician Assembly"),
        Fiction("paranormal vampires urban-fantasy", "Immortal Cursed Crimson Feral Moonlit Fallen Savage Eternal", "Vampire Wolf Coven Hunter Angel Blood Demon Shifter Hex Pack Soul Moon"),
        Fiction("dystopia post-apocalyptic survival", "Last Numbered Obedient Ashen Fractured Scarce Rationed Ruined", "City Wall Sector Rebel Trial District Harvest Bunker Curfew Citizen Signal Exodus"),
        NonFiction("memoir biography autobiography", "Unlikely Honest Restless Crowded Improbable Long Second Plain", "Childhood Exile Fame Memory Kitchens Recovery Fathers Mountains Motherhood Luck Prison Homecoming"),
        Fiction("graphic-novels comics manga", "Atomic Masked Neon Rogue Ultra Phantom Iron Cosmic", "Ninja Hero Vigilante Robot Samurai Villain Titan Fist Mutant Academy Sidekick Ronin"),
        Fiction("chick-lit humor friends", "Disastrous Fabulous Accidental Single Perfectly Modern Charming Unemployed", "Bridesmaid Cupcake Shopper Flatmate Stiletto Divorce Blind-Date Holiday Boss Engagement Bakery Mother-in-Law"),
        NonFiction("history world-history politics", "Forgotten Long Fragile Divided Imperial Restless Great Bloody", "Empire Revolution Trade Liberty War Rome Borders Silk Railways Plague Diplomacy Steam"),
        NonFiction("science nature popular-science", "Curious Hidden Elegant Improbable Invisible Restless Living Strange", "Gravity Evolution Genes Light Oceans Numbers Chance Atoms Sleep Fungi Memory Time"),
        NonFiction("self-help personal-development psychology", "Quiet Focused Fearless Simple Resilient Daily Mindful Deliberate", "Habits Courage Attention Calm Discipline Gratitude Confidence Boundaries Purpose Rest Change Failure"),
        NonFiction("business management economics", "Lean Agile Hidden Profitable Irrational Honest Scalable Competitive", "Strategy Leadership Markets Teams Growth Innovation Negotiation Money Incentives Startups Trust Pricing"),
        NonFiction("philosophy ethics essays", "Examined Possible Moral Absurd Reasonable Free Tragic Common", "Truth Freedom Virtue Doubt Beauty Justice Consciousness Happiness Death Reason Friendship Language"),
        NonFiction("religion spirituality faith", "Sacred Quiet Merciful Ancient Faithful Humble Radiant Desert", "Prayer Grace Pilgrimage Silence Hope Scripture Forgiveness Faith Wisdom Mercy Meditation Creation"),
        NonFiction("cookbooks food cooking", "Simple Rustic Seasonal Salted Slow Everyday Spiced Generous", "Bread Broth Olives Supper Vegetables Butter Chocolate Noodles Spices Cheese Breakfast Fermentation"),
        Fiction("poetry verse drama", "Unsaid Amber Drowned Barefoot Wintering Minor Inland Salted", "Elegy Sparrow Tide Psalm Orchard Ash Lantern Moth Field Mouth Hymn Rain"),
    ];

    private static SyntheticGenre Fiction(string tags, string adjectives, string nouns) => new(tags.Split(' '), true, adjectives.Split(' '), nouns.Split(' '));

    private static SyntheticGenre NonFiction(string tags, string adjectives, string nouns) => new(tags.Split(' '), false, adjectives.Split(' '), nouns.Split(' '));
}
